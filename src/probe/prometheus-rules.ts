// The `prometheus-rules` probe: the groups of rules that should be there are, and none of the rules fails. A rule that fails fires
// nothing, and Prometheus goes on as if all were well.
import { z } from 'zod'
import { beginningOf } from '../model/escape-control.ts'
import type { ProbeResult, PrometheusRulesProbe } from '../model/probe.ts'
import { type AttemptContext, never, notYet, passed } from './attempt.ts'
import { apiPlace, askPrometheus } from './prometheus-api.ts'

const rulesData = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() })),
    }),
  ),
})

type Group = z.output<typeof rulesData>['groups'][number]

const namedRules = 3

/**
 * Passes when every expected group is loaded and no rule of any group failed when it was judged last. One that was not judged yet has
 * not failed: it is found in the time that health has to last. Never certain: what a rule asks for may come to be there.
 */
export async function checkPrometheusRules(probe: PrometheusRulesProbe, context: AttemptContext): Promise<ProbeResult> {
  const answer = await askPrometheus(probe, '/api/v1/rules', rulesData, context)
  const subject = apiPlace(probe, context.host)
  if (!answer.ok) return (answer.certain ? never : notYet)(probe, `${subject} ${answer.message}`)
  const problem = rulesProblem(probe.groups, answer.data.groups)
  if (problem !== undefined) return notYet(probe, `${subject} ${problem}`)
  const count = answer.data.groups.reduce((sum, { rules }) => sum + rules.length, 0)
  return passed(probe, `${subject} judges ${count} rules in ${answer.data.groups.length} groups, and none fails`)
}

/** Which groups are missing, or else which rules fail, the first three by name; undefined when all is well. */
export function rulesProblem(expected: string[], groups: Group[]): string | undefined {
  const there = new Set(groups.map(({ name }) => name))
  const missing = expected.filter((name) => !there.has(name))
  if (missing.length > 0) return `has no group of rules called ${listed(missing)}`
  const failing = groups.flatMap(({ name, rules }) =>
    rules
      .filter(({ health }) => health === 'err')
      .map((rule) => `${rule.name} of ${name} (${beginningOf(rule.lastError ?? '', 120)})`),
  )
  return failing.length === 0 ? undefined : `cannot judge ${failing.length} of its rules: ${listed(failing)}`
}

function listed(names: string[]): string {
  const more = names.length > namedRules ? ` and ${names.length - namedRules} more` : ''
  return `${names.slice(0, namedRules).join(', ')}${more}`
}
