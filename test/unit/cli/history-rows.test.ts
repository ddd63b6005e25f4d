// How events are put together to changes.
import { describe, expect, it } from 'vitest'
import { historyRows } from '../../../src/cli/history-rows.ts'
import type { Event } from '../../../src/model/status.ts'
import { OLD_REVISION, REVISION, statusOf } from '../../support/statuses.ts'

const start = 1_000_000

function event(afterMs: number, reason: string, more: Partial<Event> = {}): Event {
  return {
    atMs: start + afterMs,
    key: 'a@h',
    type: 'Normal',
    reason,
    message: `${reason}!`,
    revision: OLD_REVISION,
    ...more,
  }
}

function operation(afterMs: number, reason: string, id: string, generation: number, more: Partial<Event> = {}): Event {
  return event(afterMs, reason, { operationId: id, cause: 'spec', details: { generation, kind: 'apply' }, ...more })
}

const deployed = [
  event(0, 'Deploying'),
  operation(2_000, 'Applied', 'op-1', 1),
  event(2_001, 'Verifying'),
  event(12_000, 'Healthy'),
]

describe('historyRows', () => {
  it('follows a change from its beginning to its proof', () => {
    const [row, ...others] = historyRows(statusOf('a@h', { desired: OLD_REVISION, lastGood: OLD_REVISION }), deployed)
    expect(others).toEqual([])
    expect(row).toMatchObject({
      operationId: 'op-1',
      change: 'apply',
      generation: 1,
      cause: 'spec',
      outcome: 'Healthy',
      isBad: false,
      startedAtMs: start,
      endedAtMs: start + 12_000,
      steps: ['Applied', 'Verifying', 'Healthy'],
      notes: ['desired', 'last good'],
    })
  })

  it('ends a change with its outcome: later drift is another change', () => {
    const rows = historyRows(statusOf('a@h'), [
      ...deployed,
      event(60_000, 'Drifted', { type: 'Warning' }),
      event(61_000, 'Deploying'),
      operation(62_000, 'Applied', 'op-2', 2, { cause: 'drift' }),
      event(70_000, 'Healthy'),
    ])
    expect(
      rows.map(({ operationId, cause, outcome, startedAtMs }) => [operationId, cause, outcome, startedAtMs]),
    ).toEqual([
      ['op-1', 'spec', 'Healthy', start],
      ['op-2', 'drift', 'Healthy', start + 61_000],
    ])
  })

  it('shows a revision that was taken back as rolled back, and the rollback as a change of its own', () => {
    const bad = { revision: REVISION }
    const rows = historyRows(
      statusOf('a@h', { desired: REVISION, lastGood: OLD_REVISION, context: { rejected: [REVISION] } }),
      [
        ...deployed,
        event(100_000, 'Deploying', bad),
        operation(101_000, 'Applied', 'op-2', 2, bad),
        event(101_001, 'Verifying', bad),
        event(110_000, 'RollingBack', { ...bad, type: 'Warning' }),
        operation(112_000, 'RollbackApplied', 'op-3', 3, {
          cause: 'rollback',
          details: { generation: 3, kind: 'rollback' },
        }),
        event(125_000, 'RolledBack', { ...bad, type: 'Warning', message: 'prometheus.service does not start' }),
      ],
    )
    expect(rows.map(({ change, outcome, isBad, notes }) => ({ change, outcome, isBad, notes }))).toEqual([
      { change: 'apply', outcome: 'Healthy', isBad: false, notes: ['last good'] },
      { change: 'apply', outcome: 'RolledBack', isBad: true, notes: ['desired', 'rejected'] },
      { change: 'rollback', outcome: 'RollbackApplied', isBad: false, notes: ['last good'] },
    ])
    expect(rows[1]?.message).toBe('prometheus.service does not start')
    expect(rows[2]?.startedAtMs).toBe(start + 110_000)
  })

  it('makes nothing of events that belong to no operation', () => {
    expect(historyRows(statusOf('a@h'), [event(0, 'Deploying'), event(1, 'Unreachable')])).toEqual([])
  })
})
