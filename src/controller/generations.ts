// What a status remembers of the generations on its host.
import { topState } from '../../machines/advance.ts'
import type { Recalled } from '../driver/driver.ts'
import { type Generation, withGeneration } from '../model/generation.ts'
import { splitKey } from '../model/key.ts'
import type { ComponentRecord, HostObservation } from '../model/observation.ts'
import type { Intent } from '../model/status.ts'
import type { Status } from './statuses.ts'

/** After an operation that went well. */
export function withMade(status: Status, { revision, generation: number, cause }: Intent, atMs: number): Status {
  if (revision === undefined) return status
  return { ...status, generations: withGeneration(status.generations ?? [], { number, revision, atMs, cause }) }
}

/** What runs was proven where the lifecycle says so. */
export function withProven(status: Status): Status {
  const { generations, generation, lifecycle } = status
  const isProven = ['healthy', 'rolledBack'].includes(topState(lifecycle))
  const running = generations?.find(({ number }) => number === generation)
  if (!isProven || running === undefined || running.verified || running.revision !== lifecycle.context.lastGood)
    return status
  return { ...status, generations: changed(status, (it) => (it === running ? { ...it, verified: true } : it)) }
}

/** What the host still has of each. */
export function withKept(status: Status, seen: HostObservation): Status {
  const kept = new Set(seen.components[splitKey(status.key).component]?.kept ?? [])
  const isSame = (status.generations ?? []).every((it) => (it.kept ?? false) === kept.has(it.number))
  if (isSame) return status
  return { ...status, generations: changed(status, (it) => keptOrNot(it, kept.has(it.number))) }
}

function keptOrNot({ kept: _, ...rest }: Generation, isKept: boolean): Generation {
  return isKept ? { ...rest, kept: true } : rest
}

function changed({ generations = [] }: Status, change: (it: Generation) => Generation): Generation[] {
  return generations.map(change)
}

/** Those that a host tells of, when the store has lost them. */
export function recalled(kept: readonly Recalled[], { verified }: ComponentRecord): Generation[] {
  return kept
    .map(({ generation: number, target, atMs = 0, cause }): Generation => {
      const isVerified = verified?.revision === target.revision
      const { revision } = target
      return { number, revision, atMs, ...(cause && { cause }), ...(isVerified && { verified: true }), kept: true }
    })
    .sort((a, b) => a.number - b.number)
}
