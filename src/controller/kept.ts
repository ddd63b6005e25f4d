// What hosts keep of the generations that are gone back to: asked for once, and kept in mind as long as it is of use.

import { splitKey } from '../model/key.ts'
import type { KeptGeneration } from '../model/observation.ts'
import type { Restore } from '../model/operation.ts'
import type { Target } from '../model/target.ts'
import { restoreOf } from '../plan/restore.ts'
import { TransportError } from '../transport/transport.ts'
import type { Pass, Requeue } from './reconcile.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

/** Null: the host keeps nothing of the target; undefined: it was not asked. */
export function keptOf(target: Target | undefined, { key }: Pick<Status, 'key'>, { kept }: Pick<Tools, 'kept'>) {
  const known = kept.get(key)
  return target !== undefined && known?.revision === target.revision ? known.kept : undefined
}

/** What of the target an operation takes from the host itself. */
export function restoring(
  target: Target | undefined,
  pass: Pick<Pass, 'key'>,
  tools: Pick<Tools, 'kept'>,
): Restore | undefined {
  return restoreOf(target, keptOf(target, pass, tools))
}

/** Has the host check what it keeps of the target. */
export async function inspect({ revision }: Target, { key, host }: Pass, tools: Tools): Promise<Requeue> {
  const { component } = splitKey(key)
  try {
    const options = { signal: tools.stopping }
    const found = await tools.driver.inspect(tools.transportFor(host), component, revision, options)
    tools.kept.set(key, { revision, kept: found ?? null })
    return { wakeAtMs: tools.clock.nowMs() }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return { wakeAtMs: tools.observer.failed(host, error).retryAtMs }
  }
}

/** By key: what its host keeps of this revision. */
export type KnownKept = Map<Status['key'], { revision: string; kept: KeptGeneration | null }>
