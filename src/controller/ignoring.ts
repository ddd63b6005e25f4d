// What is left as it is on a host, with what the files say of which some keys are left: read when they differ, and kept in memory alone.
import type { ComponentKey } from '../model/key.ts'
import type { HostObservation } from '../model/observation.ts'
import type { Operation, Restore } from '../model/operation.ts'
import type { IgnoreRule } from '../model/policy.ts'
import type { Reveal } from '../model/secret-reference.ts'
import type { Target } from '../model/target.ts'
import { sha256 } from '../plan/canonical.ts'
import { diffTarget } from '../plan/diff.ts'
import { digestOf, keyedText } from '../plan/diff-file.ts'
import { IGNORING_NOTHING, type Ignoring, keptKeysOf, keyedFiles } from '../plan/ignore.ts'
import { ignoredIn } from '../plan/ignored.ts'
import { restoring } from './kept.ts'
import type { Pass } from './reconcile.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

/** By key, contents by path, as they were when they were read. */
export type KnownLive = Map<ComponentKey, Map<string, string>>

/** Throws `TransportError`. */
export async function ignoringOf(pass: Omit<Pass, 'ignoring'>, tools: Tools): Promise<Ignoring> {
  const { key, host, policy, seen, desired, lastGood } = pass
  if (policy.ignore === undefined) return IGNORING_NOTHING
  const differing = [desired, lastGood].flatMap((target) => {
    const around = { reveal: tools.reveal, kept: restoring(target, pass, tools) }
    return target === undefined ? [] : differingKeyed(target, seen, policy.ignore ?? [], around)
  })
  const paths = new Set(differing)
  const known = current(tools.live.get(key) ?? new Map(), paths, seen)
  const unknown = [...paths].filter((path) => !known.has(path)).sort()
  const options = { signal: tools.stopping }
  const read = unknown.length === 0 ? known : await tools.driver.read(tools.transportFor(host), unknown, options)
  // What was changed since the look at it is read again after the next.
  const live = new Map([...known, ...current(read, paths, seen)])
  tools.live.set(key, live)
  return { rules: policy.ignore, live }
}

/** Paths of files with keys that are left, where their content is not what is written. */
export function differingKeyed(
  target: Target,
  seen: HostObservation,
  rules: readonly IgnoreRule[],
  around: { reveal: Reveal; kept: Restore | undefined },
): string[] {
  return keyedFiles(target, seen, rules).flatMap((file) => {
    const fact = seen.files[file.path]
    const digest = digestOf(file, around)
    return fact?.state === 'file' && digest !== undefined && fact.sha256 !== digest ? [file.path] : []
  })
}

function current(texts: ReadonlyMap<string, string>, paths: ReadonlySet<string>, seen: HostObservation) {
  const isCurrent = (path: string, text: string) => {
    const fact = seen.files[path]
    return paths.has(path) && fact?.state === 'file' && fact.sha256 === sha256(text)
  }
  return new Map([...texts].filter(([path, text]) => isCurrent(path, text)))
}

/** What goes with an operation, so that keys that are left stay what they are in files that are written. */
export function keeping(
  target: Target | undefined,
  pass: Pass,
  tools: Tools,
): Pick<Operation, 'keep'> | Record<string, never> {
  const { rules, live } = pass.ignoring
  const around = { reveal: tools.reveal, kept: restoring(target, pass, tools) }
  const keep = (target?.resources ?? []).flatMap((resource) => {
    if (resource.kind !== 'file') return []
    const keys = keptKeysOf(resource, rules)
    const text = live.get(resource.path)
    if (keys === undefined || text === undefined || keyedText(resource, around) === undefined) return []
    return [[resource.path, { ...keys, live: text }] as const]
  })
  return keep.length === 0 ? {} : { keep: Object.fromEntries(keep) }
}

/** The status with what the rules come to now. */
export function withIgnored(status: Status, target: Target | undefined, pass: Pass, tools: Tools): Status {
  const { ignored: _, ...rest } = status
  const { ignoring, seen } = pass
  if (target === undefined || ignoring.rules.length === 0) return rest
  const around = { isKept: true, reveal: tools.reveal, kept: restoring(target, pass, tools) }
  const [all, told] = [diffTarget(target, seen, [], around), diffTarget(target, seen, [], { ...around, ignoring })]
  return { ...rest, ignored: ignoredIn(target, ignoring, { all, told }) }
}
