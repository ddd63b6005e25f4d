// The lifecycle under facts in any order: no path through it breaks what must always hold.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, initialLifecycle, type Lifecycle, restoreLifecycle, stateName } from '../../machines/advance.ts'
import { componentMachine } from '../../machines/component.ts'
import { CONTEST_AFTER } from '../../machines/contest.ts'
import type { Fact, Timing } from '../../machines/facts.ts'
import { REJECTED_LIMIT } from '../../machines/lifecycle-context.ts'

type Untimed = Fact extends infer F ? (F extends { nowMs: number } ? Omit<F, 'nowMs'> : never) : never

const revision = fc.constantFrom('a', 'b', 'c')
const message = fc.constant('why')
const retryAfterMs = fc.constantFrom(0, 5_000)
const timing: fc.Arbitrary<Timing> = fc.record({
  minHealthyMs: fc.constantFrom(0, 10_000),
  verifyDeadlineMs: fc.constantFrom(20_000, 300_000),
  maxAttempts: fc.constantFrom(1, 2),
  autoRollback: fc.boolean(),
})
const fields = fc.subarray(['file:/a content', 'file:/b mode', 'unit:c active'])
const failure = { certain: fc.boolean(), message, timing, retryAfterMs }
const of = <T extends string>(type: T) => ({ type: fc.constant(type) })

/** Each fact as often as it takes to get anywhere; the mixture leans to those that lead to health. */
const untimed: fc.Arbitrary<Untimed> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...of('TARGET_CHANGED'), revision }) },
  { weight: 1, arbitrary: fc.record(of('DISABLED')) },
  { weight: 1, arbitrary: fc.record(of('REMOVED')) },
  { weight: 1, arbitrary: fc.record({ ...of('BLOCKED'), reason: fc.constant('Blocked'), message }) },
  { weight: 2, arbitrary: fc.record(of('APPLY_STARTED')) },
  { weight: 4, arbitrary: fc.record({ ...of('APPLIED'), timing, corrected: fields }) },
  { weight: 1, arbitrary: fc.record({ ...of('INTERRUPTED'), message, retryAfterMs }) },
  { weight: 3, arbitrary: fc.record({ ...of('APPLY_FAILED'), ...failure, reason: fc.constant('ApplyFailed') }) },
  { weight: 6, arbitrary: fc.record({ ...of('PROBES_PASSED'), timing }) },
  { weight: 4, arbitrary: fc.record({ ...of('PROBES_FAILED'), ...failure }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...of('VERIFICATION_OVERDUE'),
      reason: fc.constant('Contested'),
      message,
      timing,
      retryAfterMs,
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...of('DRIFT_LEFT'), message }) },
  { weight: 1, arbitrary: fc.record({ ...of('CONTESTED'), fields }) },
  { weight: 1, arbitrary: fc.record({ ...of('CONTEST_OVER'), fields }) },
  { weight: 1, arbitrary: fc.record(of('CALM')) },
  { weight: 2, arbitrary: fc.record({ ...of('DRIFT_FOUND'), message, correctAfterMs: retryAfterMs }) },
  { weight: 2, arbitrary: fc.record(of('IN_SYNC')) },
  { weight: 2, arbitrary: fc.record(of('CORRECTION_DUE')) },
  { weight: 2, arbitrary: fc.record(of('RETRY_DUE')) },
  { weight: 1, arbitrary: fc.record(of('RETRY_ASKED')) },
  { weight: 2, arbitrary: fc.record(of('ROLLBACK_APPLIED')) },
  { weight: 1, arbitrary: fc.record({ ...of('ROLLBACK_FAILED'), message }) },
)
const story = fc.array(fc.record({ fact: untimed, afterMs: fc.constantFrom(0, 1_000, 15_000, 400_000) }), {
  maxLength: 60,
})

/** Walks a story and looks at every step of it. */
function walk(
  told: { fact: Untimed; afterMs: number }[],
  look: (before: Lifecycle, fact: Fact, after: Lifecycle) => void,
): void {
  let now = initialLifecycle()
  let nowMs = 1_000
  for (const { fact, afterMs } of told) {
    nowMs += afterMs
    const timed = { ...fact, nowMs } as Fact
    const next = advance(now, timed)
    look(now, timed, next)
    now = next
  }
}

function always(look: (before: Lifecycle, fact: Fact, after: Lifecycle) => void): void {
  fc.assert(
    fc.property(story, (told) => walk(told, look)),
    { numRuns: 1_500 },
  )
}

const isIn = (lifecycle: Lifecycle, state: string) => stateName(lifecycle).startsWith(state)

describe('whatever happens, a lifecycle', () => {
  it('is healthy only with what is asked for, proven', () => {
    always((_, __, after) => {
      if (isIn(after, 'healthy')) expect(after.context.lastGood).toBe(after.context.desired)
    })
  })

  it('becomes healthy only by probes that passed for long enough after something was applied', () => {
    let appliedAtMs: number | undefined
    always((before, fact, after) => {
      if (isIn(after, 'verifying') && !isIn(before, 'verifying')) appliedAtMs = fact.nowMs
      if (!isIn(after, 'healthy') || isIn(before, 'healthy')) return
      expect([fact.type, stateName(before).split('.')[0]]).toEqual(['PROBES_PASSED', 'verifying'])
      const soakedMs = fact.nowMs - (before.context.healthySinceMs ?? fact.nowMs)
      expect(soakedMs).toBeGreaterThanOrEqual(fact.type === 'PROBES_PASSED' ? fact.timing.minHealthyMs : 0)
      expect(before.context.healthySinceMs ?? fact.nowMs).toBeGreaterThanOrEqual(appliedAtMs ?? 0)
    })
  })

  it('changes what was proven only by becoming healthy or by being gone', () => {
    always((before, fact, after) => {
      if (after.context.lastGood === before.context.lastGood) return
      expect([stateName(after).split('.')[0], fact.type]).toEqual(
        after.context.lastGood === null ? ['disabled', 'REMOVED'] : ['healthy', 'PROBES_PASSED'],
      )
    })
  })

  it('is rolled back only with what is asked for rejected, and never rejects what runs', () => {
    always((_, __, after) => {
      const { desired, lastGood, rejected } = after.context
      if (!isIn(after, 'rolledBack')) return
      expect(rejected).toContain(desired)
      expect(desired).not.toBe(lastGood)
    })
  })

  it('never takes back by itself what was proven here, unless it was rejected later', () => {
    always((before, _, after) => {
      if (stateName(after) !== 'failed.rollingBack' || stateName(before) === 'failed.rollingBack') return
      const { desired, lastGood, rejected } = after.context
      expect(desired !== lastGood || rejected.includes(desired ?? '')).toBe(true)
    })
  })

  it('remembers at most ten rejected revisions, each once', () => {
    always((_, __, { context: { rejected } }) => {
      expect(rejected.length).toBeLessThanOrEqual(REJECTED_LIMIT)
      expect(new Set(rejected).size).toBe(rejected.length)
    })
  })

  it('deploys what was rejected only when somebody asked for that', () => {
    always((_, __, after) => {
      if (isIn(after, 'deploying') || isIn(after, 'verifying'))
        expect(after.context.rejected).not.toContain(after.context.desired)
    })
  })

  it('gives up a contest only for a reason, and counts a bounded number of corrections', () => {
    const ends = ['CONTEST_OVER', 'TARGET_CHANGED', 'DISABLED', 'RETRY_ASKED', 'REMOVED']
    always((before, fact, { context: { contested, corrected } }) => {
      if (before.context.contested.some((field) => !contested.includes(field))) expect(ends).toContain(fact.type)
      for (const times of Object.values(corrected)) expect(times.length).toBeLessThanOrEqual(CONTEST_AFTER)
    })
  })

  it('is given no more time to prove itself by what is corrected meanwhile', () => {
    always((before, fact, after) => {
      const { verifyingSinceMs } = before.context
      if (verifyingSinceMs === null || !isIn(after, 'verifying') || fact.type === 'TARGET_CHANGED') return
      expect(after.context.verifyingSinceMs).toBe(verifyingSinceMs)
    })
  })

  it('wants nothing exactly while it is disabled', () => {
    always((_, __, after) => expect(after.context.desired === null).toBe(isIn(after, 'disabled')))
  })

  it('always names a time at which what it waits for is due', () => {
    always((_, __, after) => {
      if (stateName(after) === 'failed.retrying') expect(after.context.dueAtMs).not.toBeNull()
      if (isIn(after, 'verifying') || stateName(after) === 'failed.rollingBack')
        expect(after.context.verifyingSinceMs).not.toBeNull()
    })
  })

  it('reads back from JSON as it was', () => {
    always((_, __, after) => expect(restoreLifecycle(JSON.parse(JSON.stringify(after)))).toEqual(after))
  })

  it('does not change by a quiet round of probes once it has counted two', () => {
    always((before, fact) => {
      if (stateName(before) !== 'healthy.inSync' || fact.type !== 'PROBES_PASSED') return
      const counted = advance(advance(before, fact), fact)
      expect(advance(counted, { ...fact, nowMs: fact.nowMs + 5_000 })).toEqual(counted)
    })
  })

  it('does not change by a fact that means nothing to it', () => {
    always((before) => expect(advance(before, { type: 'HEARD_NOTHING', nowMs: 1 } as unknown as Fact)).toEqual(before))
  })
})

describe('every state of the machine', () => {
  it('is reached by some order of facts', () => {
    const states = Object.entries(componentMachine.states).flatMap(([top, node]) =>
      Object.keys(node.states).map((child) => `${top}.${child}`),
    )
    expect([...reachable(states.length)].sort()).toEqual(states.sort())
  })
})

/** States by every way through these facts; what differs in the counts only is followed once. */
function reachable(most: number): Set<string> {
  const facts = fc.sample(untimed, { numRuns: 100, seed: 1 })
  const open = [initialLifecycle()]
  const followed = new Set<string>()
  const reached = new Set<string>()
  for (const from of open)
    for (const fact of reached.size < most ? facts : []) {
      const to = advance(from, { ...fact, nowMs: from.context.enteredAtMs + 15_000 } as Fact)
      const { desired, lastGood, probeFailures } = to.context
      const key = `${stateName(to)} ${probeFailures} ${desired === lastGood}`
      if (followed.has(key)) continue
      followed.add(key)
      reached.add(stateName(to))
      open.push(to)
    }
  return reached
}
