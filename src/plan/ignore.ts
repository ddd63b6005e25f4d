// What of a target is left as others have it.
import type { HostObservation } from '../model/observation.ts'
import type { IgnoreRule } from '../model/policy.ts'
import type { Probe } from '../model/probe.ts'
import { type FileResource, type Resource, type ResourceId, resourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { matchesGlob } from './glob.ts'
import { type KeptKeys, withLiveKeys } from './kept-keys.ts'

/** Rules, and what there is on the host of the files that they name keys of. */
export interface Ignoring {
  rules: readonly IgnoreRule[]
  /** Contents by path, of those that could be had. */
  live: ReadonlyMap<string, string>
}

export const IGNORING_NOTHING: Ignoring = { rules: [], live: new Map() }

export function isMeant({ kind, name, keys }: IgnoreRule, resource: Resource): boolean {
  if (kind !== 'path') return resource.kind === kind && resource.name === name
  if (resource.kind !== 'file' && (resource.kind !== 'directory' || keys !== undefined)) return false
  return matchesGlob(name, resource.path)
}

/** Whether all of it is left, once it is there. */
export function isLeft(resource: Resource, rules: readonly IgnoreRule[]): boolean {
  return rules.some((rule) => rule.keys === undefined && isMeant(rule, resource))
}

/** Whether a unit of it runs is not asked where that is left to others. */
export function probesOf({ probes }: Target, rules: readonly IgnoreRule[] = []): Probe[] {
  const isAsked = (probe: Probe) =>
    probe.kind !== 'systemd' || !rules.some(({ kind, name }) => kind === 'unit' && name === probe.unit)
  return probes.filter(isAsked)
}

/** Keys of the file that are left, those of all rules of one format; undefined: none. */
export function keptKeysOf(file: FileResource, rules: readonly IgnoreRule[]): KeptKeys | undefined {
  const meant = rules.filter((rule) => rule.keys !== undefined && isMeant(rule, file))
  const format = meant[0]?.format
  if (format === undefined) return undefined
  return { format, keys: meant.filter((rule) => rule.format === format).flatMap((rule) => rule.keys ?? []) }
}

/** Files that may differ without it being drift. */
export function loosened(target: Target, rules: readonly IgnoreRule[]): Set<ResourceId> {
  const files = target.resources.filter((it) => it.kind === 'file')
  return new Set(files.filter((file) => rules.some((rule) => isMeant(rule, file))).map(resourceId))
}

/** Files whose keys are to be looked at: all that are there. */
export function keyedFiles(target: Target, seen: HostObservation, rules: readonly IgnoreRule[]): FileResource[] {
  return target.resources.filter(
    (it): it is FileResource =>
      it.kind === 'file' && keptKeysOf(it, rules) !== undefined && seen.files[it.path]?.state === 'file',
  )
}

/** The target with the contents that would be written: what is left of them as it is there. */
export function asWritten(target: Target, { rules, live }: Ignoring): Target {
  const resources = target.resources.map((resource) => {
    const text = resource.kind === 'file' ? live.get(resource.path) : undefined
    const keys = resource.kind === 'file' ? keptKeysOf(resource, rules) : undefined
    if (resource.kind !== 'file' || text === undefined || keys === undefined) return resource
    return { ...resource, content: withLiveKeys(resource.content, text, keys) ?? resource.content }
  })
  return { ...target, resources }
}
