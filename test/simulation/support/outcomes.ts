// What of a status is worth counting: the ways in which the controller waits, gives in or goes back.
import { topState } from '../../../machines/advance.ts'
import type { ComponentStatus, Event } from '../../../src/model/status.ts'
import { conditionOf } from '../../../src/model/status-summary.ts'
import type { Outcome } from './coverage.ts'

const BY_REASON: Record<string, Outcome> = {
  OutsideWindow: 'waited for its window',
  Suspended: 'waited while suspended',
  SecretsNotReady: 'held for a secret',
  FilesBroken: 'held for a broken source',
  RolloutHalted: 'rollout halted',
  RemovalTakenBack: 'removal taken back',
  WaitsForOthers: 'waited for another component',
}

const BY_EVENT: Record<string, Outcome> = {
  RolledBackByHost: 'taken back by the host',
  Adopted: 'rebuilt from the hosts',
}

export function outcomesIn(events: readonly Event[]): Outcome[] {
  return events.flatMap(({ reason }) => BY_EVENT[reason] ?? [])
}

export function outcomesOf(status: ComponentStatus): Outcome[] {
  const { context } = status.lifecycle
  const reason = conditionOf(status, 'Blocked')
  const held = reason?.status === 'True' ? BY_REASON[reason.reason] : undefined
  return [
    ...(held === undefined ? [] : [held]),
    ...(status.removal?.askedAtMs === undefined ? [] : ['removal asked about' as const]),
    ...(context.reason === 'HostBusy' ? ['host lock busy' as const] : []),
    ...(topState(status.lifecycle) === 'rolledBack' ? ['rolled back' as const] : []),
    ...((context.contested as string[]).length > 0 ? ['contested' as const] : []),
  ]
}
