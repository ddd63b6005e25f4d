// What is done about a component that runs what was proven: drift in its time, what its host is to know, and what is told of it.
import { describe, expect, it } from 'vitest'
import { targetOf } from './given.ts'
import {
  blocker,
  decided,
  edited,
  MODE,
  NOW_MS,
  OFTEN,
  policy,
  proven,
  record,
  revision,
  said,
  stoppedUnit,
} from './situations.ts'

const armed = { operationId: 'x-2-a', leftMs: 1 }
const before = { generation: 1, revision }
const takenBack = { rolledBack: 'holding' }
const lastGood = { lastGood: 'good' }

describe('drift that is due', () => {
  it('is not put right while corrections are held, and what runs is probed as ever', () => {
    const due = { diff: edited, context: { ...proven, dueAtMs: NOW_MS } }
    expect(said(decided({ healthy: 'drifted' }, { ...due, correctionBlocker: () => blocker }))).toBe('probe')
    expect(said(decided({ healthy: 'drifted' }, due))).toBe('tell CORRECTION_DUE')
  })

  it('is over as soon as nothing differs, also where the component fails its probes', () => {
    expect(said(decided({ healthy: 'degraded' }, { context: { ...proven, dueAtMs: NOW_MS + 1 } }))).toBe('tell IN_SYNC')
    expect(said(decided({ healthy: 'degraded' }, { context: { ...proven, drift: 'mode' } }))).toBe('tell IN_SYNC')
    expect(said(decided({ healthy: 'degraded' }, { context: proven }))).toBe('probe')
  })

  it('is only told, and waits for nothing any more, once its policy is to warn', () => {
    const drift = `drift.mode is warn: update file:/etc/x.conf: mode 0600 → 0644`
    const warned = { diff: edited, policy: { ...policy, drift: 'warn' as const } }
    expect(
      decided({ healthy: 'drifted' }, { ...warned, context: { ...proven, drift, dueAtMs: NOW_MS + 1 } }),
    ).toMatchObject({ kind: 'tell', fact: { type: 'DRIFT_LEFT', message: drift } })
    expect(said(decided({ healthy: 'drifted' }, { ...warned, context: { ...proven, drift } }))).toBe('probe')
  })
})

describe('a host', () => {
  const healthy = { healthy: 'inSync' }

  it('is told of a proof where it does not know it, and not again where an earlier generation was the same', () => {
    const later = record({ generation: 2, verified: before })
    expect(decided(healthy, { context: proven, record: later })).toMatchObject({ kind: 'probe' })
    expect(
      decided(healthy, {
        context: proven,
        record: { ...later, revision: 'r2', verified: { ...before, revision: 'r0' } },
      }),
    ).toEqual({ kind: 'confirm', generation: 2 })
  })

  it('that would go back by itself is told of this generation, whatever it knew before', () => {
    const waiting = record({ generation: 2, verified: before, armed })
    expect(decided(healthy, { context: proven, record: waiting })).toEqual({ kind: 'confirm', generation: 2 })
  })

  it('is told of what was brought back and proven anew, but not while that drifted', () => {
    const unknown = record({ generation: 3, verified: { generation: 1, revision: 'older' } })
    expect(decided(takenBack, { context: lastGood, record: unknown })).toEqual({ kind: 'confirm', generation: 3 })
    expect(said(decided({ rolledBack: 'drifted' }, { context: lastGood, record: unknown }))).toBe('tell IN_SYNC')
  })
})

describe('what was taken back', () => {
  it('is left to whoever keeps changing it', () => {
    const often = { diff: edited, context: { ...lastGood, corrected: { [MODE]: OFTEN } } }
    expect(said(decided(takenBack, often))).toBe('tell CONTESTED')
    expect(said(decided(takenBack, { context: { ...lastGood, contested: [MODE] } }))).toBe('tell CONTEST_OVER')
  })

  it('is put right as drift, whether something of it is there or nothing', () => {
    const drifted = { rolledBack: 'drifted' }
    const diff = { changes: [...edited.changes, ...stoppedUnit.changes] }
    const some = decided(drifted, { diff, context: { ...lastGood, contested: [MODE] } })
    expect(some).toMatchObject({ kind: 'apply', cause: 'drift', diff: stoppedUnit, left: edited })
    expect(decided(drifted, { diff, active: undefined })).toEqual({ kind: 'remove', diff, cause: 'drift' })
  })

  it('has its host asked what it keeps only where there is something to keep', () => {
    expect(said(decided(takenBack, { active: undefined, kept: undefined }))).toBe('settle')
    expect(said(decided(takenBack, { active: targetOf(), kept: undefined, context: lastGood }))).toBe('settle')
  })
})

describe('what is removed', () => {
  it('is so since it is written', () => {
    const removing = decided({ disabled: 'removing' }, { active: undefined, diff: edited })
    expect(removing).toEqual({ kind: 'remove', diff: edited, cause: 'spec' })
  })

  it('is not forgotten as long as its host may bring it back', () => {
    const gone = { active: undefined, isListed: false }
    expect(decided({ disabled: 'absent' }, { ...gone, record: record({ armed }) })).toEqual({ kind: 'settle' })
    expect(said(decided({ disabled: 'absent' }, { ...gone, record: record() }))).toBe('tell DISABLED')
    expect(decided({ disabled: 'absent' }, gone)).toEqual({ kind: 'forget' })
  })
})

describe('what somebody changes while it is verified', () => {
  const verifying = { verifying: 'probing' }
  const wakeAtMs = (context: object) => {
    const decision = decided(verifying, { diff: edited, context })
    return decision.kind === 'hold' ? decision.wakeAtMs : decision
  }

  it('is put right later each time, counted from the last time', () => {
    const context = { verifyingSinceMs: NOW_MS - 60_000, corrections: 2 }
    const first = wakeAtMs({ ...context, correctedAtMs: NOW_MS })
    expect(first).toBeGreaterThan(NOW_MS)
    expect(wakeAtMs({ ...context, correctedAtMs: NOW_MS - 1_000 })).toBe(Number(first) - 1_000)
  })

  it('is looked at again when its time is over, however late it would be put right', () => {
    const verifyingSinceMs = NOW_MS - policy.verifyDeadlineMs + 5
    expect(wakeAtMs({ verifyingSinceMs, correctedAtMs: NOW_MS, corrections: 5 })).toBe(NOW_MS + 5)
  })

  it('again and again is named, with what to do about it', () => {
    const decision = decided(verifying, { diff: edited, context: { verifyingSinceMs: NOW_MS, contested: [MODE] } })
    expect(decision).toMatchObject({ reason: 'Contested', message: expect.stringMatching(/homeostat reconcile x@a$/) })
  })
})
