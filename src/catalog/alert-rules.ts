// AlertRules documents, files of rules and the manifest → the rule files of Prometheus, and the groups that have to be in force.
import { z } from 'zod'
import type { AlertRules, RuleGroup } from '../model/alert-rules.ts'
import type { FileResource } from '../model/resource.ts'
import { yamlText } from './config-text.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { file } from './resources.ts'
import { relativePath, resourceName } from './scalars.ts'

const SELECTION = 'expected all, or a list of names of AlertRules'

export const ruleOptions = {
  alertRules: z
    .union([z.literal('all'), z.array(resourceName)], { error: SELECTION })
    .default('all')
    .describe('Names of the AlertRules that are judged, or all.'),
  ruleFiles: z
    .array(relativePath)
    .default([])
    .describe('Files of rules beside the desired state, for instance rules/nodes.rules.'),
}

interface Options {
  alertRules: 'all' | string[]
  ruleFiles: string[]
}

export interface ExpectedTarget {
  job: string
  instance: string
}

export interface Rules {
  files: FileResource[]
  /** Names of the groups in all files whose content is known here: those of `ruleFiles` are Prometheus' own business. */
  groups: string[]
}

/**
 * Rules may tell what is confidential, as scrape configurations do: for Prometheus' eyes. No checker of their own: that of the
 * configuration, which names them all, reads each of them too.
 */
const ACCESS = { group: 'prometheus', mode: 0o640 }

/** All files lie below `directory`. Throws `RenderError` for a name or a file that is not there. */
export function rulesOf(
  options: Options,
  context: RenderContext,
  { directory, expected }: { directory: string; expected: ExpectedTarget[] },
): Rules {
  const documents = selected(options, context)
  const missing = targetGroup(expected)
  return {
    files: [
      file(`${directory}/expected-targets.yml`, yamlText({ groups: [missing] }), ACCESS),
      ...documents.map(({ name, groups }) => file(`${directory}/rules/${name}.yml`, textOf(groups), ACCESS)),
      ...besides(options, context, directory),
    ],
    groups: [missing, ...documents.flatMap(({ groups }) => groups)].map(({ name }) => name),
  }
}

/** A fleet may have hundreds of rules, and they seldom change: the same groups are written once. */
const texts = new WeakMap<RuleGroup[], string>()

function textOf(groups: RuleGroup[]): string {
  const text = texts.get(groups) ?? yamlText({ groups })
  texts.set(groups, text)
  return text
}

function selected({ alertRules }: Options, context: RenderContext): AlertRules[] {
  if (alertRules === 'all') return context.alertRules
  return [...new Set(alertRules)].map((name) => {
    const found = context.alertRules.find((it) => it.name === name)
    if (found !== undefined) return found
    const known = context.alertRules.map((it) => it.name).join(', ') || '(there are none)'
    const field = `spec.options.alertRules.${alertRules.indexOf(name)}`
    throw new RenderError(`there is no AlertRules called "${name}"; expected one of: ${known}`, field)
  })
}

/** `up == 0` says nothing of a target that is not in the configuration: this does, for each that the manifest and the components make. */
function targetGroup(expected: ExpectedTarget[]): RuleGroup {
  return {
    name: 'expected targets',
    rules: expected.map(({ job, instance }) => ({
      alert: 'TargetMissing',
      expr: `absent(up{job=${JSON.stringify(job)}, instance=${JSON.stringify(instance)}})`,
      for: '5m',
      // Rules of one name and the same labels are duplicates to promtool.
      labels: { job, instance, severity: 'critical' },
      annotations: {
        summary: 'Nothing is known of {{ $labels.job }} on {{ $labels.instance }}',
        description: 'Prometheus should scrape {{ $labels.job }} on {{ $labels.instance }}, and has not for 5 minutes.',
      },
    })),
  }
}

function besides({ ruleFiles }: Options, context: RenderContext, directory: string): FileResource[] {
  return ruleFiles.map((path, index) => {
    const content = context.file(path)
    const field = `spec.options.ruleFiles.${index}`
    if (content === undefined) throw new RenderError(`there is no file ${path} in the desired-state directory`, field)
    return file(`${directory}/rules/${path.replaceAll('/', '-')}`, content, ACCESS)
  })
}
