// What it means that a person asked for a component: for the one who asked, and for the lifecycle.
import { advance, stateName } from '../../machines/advance.ts'
import type { Fact } from '../../machines/facts.ts'
import type { ComponentKey } from '../model/key.ts'
import { chanceLeft } from '../plan/chance.ts'
import { sameValue } from '../plan/same-value.ts'
import type { Ask } from './asks.ts'
import { eventOf, record } from './record.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

export interface Asked {
  key: ComponentKey
  /** What is done about it, following its name: `is looked at now`. */
  does: string
}

/** Tells the lifecycle what somebody asked for, and writes it down where that changes anything. */
export async function tookUp(status: Status, ask: Ask, tools: Tools): Promise<Status> {
  const nowMs = tools.clock.nowMs()
  const { fact, reason, message } = factOf(ask, status, nowMs)
  const lifecycle = advance(status.lifecycle, fact)
  if (sameValue(lifecycle, status.lifecycle)) return status
  const asked: Status = { ...status, lifecycle }
  const event = eventOf(asked, nowMs, { type: 'Normal', reason, message, cause: 'manual' })
  await record(status, asked, [event], tools)
  return tools.statuses.get(status.key)
}

function factOf(ask: Ask, status: Status, nowMs: number): { fact: Fact; reason: string; message: string } {
  if (ask.kind === 'look')
    return {
      fact: { type: 'RETRY_ASKED', nowMs },
      reason: 'Asked',
      message: `somebody asked: it ${whatIsDone(status)}`,
    }
  if (ask.kind === 'unquarantine') {
    const { revision } = ask
    const message = `somebody says that ${revision.slice(0, 8)} may be tried here again`
    return { fact: { type: 'UNQUARANTINED', revision, nowMs }, reason: 'Unquarantined', message }
  }
  const { number, revision } = ask.generation
  const message = `somebody asked for generation ${number} (${revision.slice(0, 8)}) instead of what is written`
  return { fact: { type: 'ROLLBACK_ASKED', revision, message, nowMs }, reason: 'RollbackAsked', message }
}

/** What asking for the component does, told of it as it is before that. */
export function whatIsDone({ lifecycle }: Pick<Status, 'lifecycle'>): string {
  const { contested, dueAtMs, chances, message } = lifecycle.context
  const [why = ''] = message.split('\n')
  const state = stateName(lifecycle)
  if (state === 'failed.stalled') return `had been given up and is tried again now; it failed with: ${why}`
  if (state === 'failed.retrying') return `had failed and is tried again now, not later; it failed with: ${why}`
  if (state === 'disabled.removing' && (dueAtMs !== null || chances > 0)) return 'is removed now, not later'
  if (contested.length > 0) return `is put back again, contested as it is: ${contested.join(', ')}`.slice(0, 1_000)
  if (dueAtMs !== null) return 'is put back now, not later'
  if (state.startsWith('rolledBack.') && chanceLeft(lifecycle.context) !== undefined)
    return 'is looked at now; what was taken back is tried once more by itself: its condition Blocked says when'
  if (state.startsWith('rolledBack.'))
    return 'is looked at now; the revision that was taken back is not tried again until the spec changes'
  return 'is looked at now'
}
