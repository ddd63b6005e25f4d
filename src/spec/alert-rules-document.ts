// AlertRules as written: groups in the words of Prometheus' own rule files (prometheus.io/docs/prometheus/latest/configuration),
// so that rules from elsewhere can be pasted. Expressions are read by promtool on the host, before they go live.
import { z } from 'zod'
import { oneLine } from '../catalog/scalars.ts'
import type { AlertRules, Rule, RuleGroup } from '../model/alert-rules.ts'
import { document } from './envelope.ts'
import { withoutAbsent } from './without-absent.ts'

const DURATION = 'expected a duration as Prometheus writes it, for instance 30s, 5m or 1h30m'
const LABEL = 'expected the name of a label: letters, digits and "_", not beginning with a digit or "__"'
const METRIC = 'expected the name of a metric: letters, digits, "_" and ":", not beginning with a digit'
const ONE = 'expected either alert or record'

const duration = z
  .string({ error: DURATION })
  .regex(/^(?=.)([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$/, { error: DURATION })

const text = z.string({ error: 'expected text; put numbers in quotes' }).max(10_000)

const named = z.record(z.string().regex(/^(?!__)[A-Za-z_][A-Za-z0-9_]*$/, { error: LABEL }), text)

const rule = z
  .strictObject({
    alert: oneLine.max(200).optional().describe('Name of the alert.'),
    record: z
      .string()
      .regex(/^[A-Za-z_:][A-Za-z0-9_:]*$/, { error: METRIC })
      .optional()
      .describe('Name of the metric that keeps the result, instead of `alert`.'),
    expr: text.min(1).describe('What is asked of Prometheus; an alert fires for every result.'),
    for: duration.optional().describe('How long there has to be a result before the alert fires.'),
    keep_firing_for: duration.optional().describe('How long the alert goes on without one. From Prometheus 2.42 on.'),
    labels: named.optional().describe('Put on the alert or the metric, for instance a severity.'),
    annotations: named.optional().describe('Texts for people; `{{ $labels.instance }}` and the like are filled in.'),
  })
  .superRefine((rule, context) => {
    if ((rule.alert === undefined) === (rule.record === undefined))
      context.addIssue({ code: 'custom', path: [], message: ONE })
    const ofAlerts = (['for', 'keep_firing_for', 'annotations'] as const).filter((field) => rule[field] !== undefined)
    if (rule.alert === undefined && rule.record !== undefined)
      for (const field of ofAlerts)
        context.addIssue({ code: 'custom', path: [field], message: `has no meaning beside record, only beside alert` })
  })

const group = z.strictObject({
  name: oneLine.max(200).describe('Unique within the document.'),
  interval: duration.optional().describe("How often it is judged. Default: Prometheus' evaluationInterval."),
  limit: z
    .int()
    .min(0)
    .optional()
    .describe('Most alerts or series that a rule may give; more is an error of the rule.'),
  rules: z.array(rule).min(1).max(1000).describe('Judged in order.'),
})

export const alertRulesSpec = z
  .strictObject({ groups: z.array(group).min(1).max(100).describe('Groups of rules.') })
  .superRefine(({ groups }, context) => {
    const names = groups.map(({ name }) => name)
    for (const [at, name] of names.entries())
      if (names.indexOf(name) !== at)
        context.addIssue({ code: 'custom', path: ['groups', at, 'name'], message: `group "${name}" occurs twice` })
  })

export const alertRulesDocument = document('AlertRules', alertRulesSpec).describe('Rules that Prometheus judges.')

/** The rules that a checked document describes. */
export function toAlertRules({ metadata, spec }: z.output<typeof alertRulesDocument>): AlertRules {
  return { name: metadata.name, groups: spec.groups.map(toGroup) }
}

function toGroup({ rules, ...rest }: z.output<typeof group>): RuleGroup {
  // Exactly one of both names is there: the schema has seen to that.
  return { ...withoutAbsent(rest), rules: rules.map((rule) => withoutAbsent(rule) as Rule) }
}
