// Two targets side by side: the contents of files as unified diffs, everything else field by field. Secrets are tokens in both.
import { resourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { canonicalJson } from './canonical.ts'
import { sameValue } from './same-value.ts'
import { unifiedDiff } from './unified-diff.ts'

export interface TargetComparison {
  /** Hunks by path, of those that differ. */
  files: { path: string; diff: string }[]
  /** `from` or `to` is empty where there is none. */
  fields: { subject: string; field: string; from: string; to: string }[]
}

type Fields = Record<string, unknown>

export function compareTargets(from: Target, to: Target): TargetComparison {
  const [before, after] = [from, to].map(subjectsOf) as [Map<string, Fields>, Map<string, Fields>]
  const subjects = [...new Set([...before.keys(), ...after.keys()])].sort()
  const files = subjects.flatMap((subject) => {
    const diff = unifiedDiff(contentOf(before.get(subject)), contentOf(after.get(subject)))
    return diff === '' ? [] : [{ path: subject.slice('file:'.length), diff }]
  })
  return { files, fields: subjects.flatMap((subject) => fieldsOf(subject, before.get(subject), after.get(subject))) }
}

function subjectsOf({ resources, probes }: Target): Map<string, Fields> {
  return new Map([
    ...resources.map((resource) => [resourceId(resource), { ...resource } as Fields] as const),
    ...probes.map((probe) => [`probe:${probe.name}`, { ...probe } as Fields] as const),
  ])
}

function contentOf(fields: Fields | undefined): string {
  return fields?.kind === 'file' && typeof fields.content === 'string' ? fields.content : ''
}

/** What is told by the subject itself, or as a diff. */
const TOLD = new Set(['name', 'path', 'content'])

function fieldsOf(subject: string, from: Fields | undefined, to: Fields | undefined): TargetComparison['fields'] {
  if (from === undefined || to === undefined)
    return [{ subject, field: '', from: from === undefined ? '' : 'there', to: to === undefined ? '' : 'there' }]
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => !TOLD.has(name)).sort()
  return names
    .filter((field) => !sameValue(from[field], to[field]))
    .map((field) => ({ subject, field, from: textOf(field, from[field]), to: textOf(field, to[field]) }))
}

function textOf(field: string, value: unknown): string {
  if (value === undefined) return ''
  if (field === 'mode' && typeof value === 'number') return value.toString(8).padStart(4, '0')
  return typeof value === 'string' ? value : canonicalJson(value)
}
