// Tells the host that what runs there was proven, so that it waits for nobody any more and its own record says so.
import { splitKey } from '../model/key.ts'
import { type Transport, TransportError } from '../transport/transport.ts'
import { reachedAnew } from './dead-man.ts'
import type { Pass, Requeue } from './reconcile.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

/** That it was written down is found by the next look, for which there is no hurry. */
const CONFIRMED_PAUSE_MS = 5_000

/** Over a connection of its own where the host would go back by itself. While somebody else changes the host, it is asked for again after that. */
export async function confirm(generation: number, status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  const { host, key } = pass
  const release = tools.hostLock.tryAcquire(host.name, key, () => tools.again(key))
  if (release === undefined) return {}
  try {
    const fence = Math.max(tools.hostRow(host.name).fence, pass.seen.fence)
    const options = { fence, signal: tools.signal }
    const { component } = splitKey(pass.key)
    const confirmed = async (transport: Transport) => {
      await tools.driver.confirm(transport, component, generation, options)
      return { wakeAtMs: tools.clock.nowMs() + CONFIRMED_PAUSE_MS }
    }
    const isArmed = pass.seen.components[component]?.armed !== undefined
    return isArmed
      ? ((await reachedAnew(status, pass, tools, confirmed)) ?? {})
      : await confirmed(tools.transportFor(host))
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return { wakeAtMs: tools.observer.failed(host, error).retryAtMs }
  } finally {
    tools.observer.changed(host.name)
    release()
  }
}
