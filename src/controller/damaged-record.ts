// A component whose record on its host is damaged: what it owns there is not known, so nothing else is done with it until that can
// be read again. The other components of the host go on.
import { splitKey } from '../model/key.ts'
import type { HostObservation } from '../model/observation.ts'
import { conditionOf } from '../model/status-summary.ts'
import type { Decision } from '../plan/decide.ts'
import { TransportError } from '../transport/transport.ts'
import type { Decided } from './deciding.ts'
import type { Pass, Requeue } from './reconcile.ts'
import { eventOf, record } from './record.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

const REASON = 'RecordDamaged'

/** What is wrong with the host's record of a component, as a whole sentence; undefined where nothing is. */
export function damageOf(component: string, { host, damaged }: HostObservation): string | undefined {
  const damage = damaged.find((it) => it.component === component)
  return damage === undefined ? undefined : `the record ${damage.path} on ${host} is damaged: ${damage.what}`
}

/** What to do with a component whose record is damaged; undefined where it is not. */
export function decideDamaged(status: Status, { key, seen }: Pass, tools: Tools): Decided | undefined {
  const { component } = splitKey(key)
  const damage = damageOf(component, seen)
  if (damage === undefined) return undefined
  const mend = isRemembered(status)
  const message = mend ? `${damage}. ${MENDING}` : `${damage}. ${howToHelp(component)}`
  const decision: Decision = { kind: 'hold', reason: REASON, message, mend }
  const isNews = conditionOf(status, 'Blocked')?.reason !== REASON
  const event = eventOf(status, tools.clock.nowMs(), { type: 'Warning', reason: REASON, message })
  return { status, decision, events: isNews ? [event] : [] }
}

const MENDING = 'It is written anew, from what lies beside it and from what the store remembers'

/** What was proven and what was rejected is told by the record and by the store: one of them is needed. */
function isRemembered({ generation, lifecycle }: Status): boolean {
  return generation > 0 || lifecycle.context.lastGood !== null
}

function howToHelp(component: string): string {
  return (
    'The store does not remember the component either, so nothing is done with it there. Put the record back, or move ' +
    `/var/lib/homeostat/components/${component} away: what it brought is then taken over as it is`
  )
}

/** Has the record written anew; the next look tells what the host then has to say. */
export async function mendRecord(status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  const { key, host, seen } = pass
  const { lastGood, rejected } = status.lifecycle.context
  const remembered = { generation: status.generation, rejected, ...(lastGood === null ? {} : { lastGood }) }
  const options = { fence: seen.fence, ...(tools.signal === undefined ? {} : { signal: tools.signal }) }
  try {
    const { component } = splitKey(key)
    const mended = await tools.driver.mendRecord(tools.transportFor(host), component, remembered, options)
    const message = `generation ${mended.generation}, ${mended.owned} things owned; the damaged one lies beside it`
    const event = eventOf(status, tools.clock.nowMs(), { type: 'Normal', reason: 'RecordMended', message })
    await record(status, status, [event], tools)
    return { wakeAtMs: tools.clock.nowMs() }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return { wakeAtMs: tools.observer.failed(host, error).retryAtMs }
  } finally {
    tools.observer.changed(host.name)
  }
}
