// The next events of a state are those that the machine really reacts to.
import { describe, expect, it } from 'vitest'
import { advance, initialLifecycle } from '../../../machines/advance.ts'
import { componentMachine } from '../../../machines/component.ts'
import type { Fact } from '../../../machines/facts.ts'
import { nextEvents } from '../../../machines/next-events.ts'

const timing = { minHealthyMs: 10_000, verifyDeadlineMs: 300_000, maxAttempts: 2, autoRollback: true }
const details = {
  certain: true,
  reason: 'r',
  message: 'm',
  retryAfterMs: 1,
  correctAfterMs: 1,
  revision: 'new',
  corrected: [],
  fields: [],
  timing,
}

describe('nextEvents', () => {
  it('lists facts with every branch that could be taken', () => {
    expect(nextEvents({ value: { deploying: 'applying' } })).toContainEqual({
      event: 'APPLY_FAILED',
      leadsTo: ['failed.rollingBack', 'failed.retrying'],
    })
  })

  it('leaves out what a state shields itself from', () => {
    expect(nextEvents({ value: { disabled: 'removing' } }).map(({ event }) => event)).not.toContain('DISABLED')
  })

  it('lists what the innermost state has a use for first, then what holds for all around it, each fact once', () => {
    const [deploying, rollingBack] = ['deploying.blocked', 'failed.rollingBack']
    const everywhere: [string, string[]][] = [
      ['TARGET_CHANGED', [rollingBack, deploying]],
      ['DISABLED', ['disabled.removing']],
      ['TAKEN_BACK', [rollingBack]],
      ['ROLLBACK_ASKED', [rollingBack]],
      ['UNQUARANTINED', []],
    ]
    const listed = (value: unknown) => nextEvents({ value }).map(({ event, leadsTo }) => [event, leadsTo])
    expect(listed({ failed: 'retrying' })).toEqual([
      ['RETRY_DUE', [deploying]],
      ['RETRY_ASKED', [deploying]],
      ['PROBES_PASSED', ['healthy.inSync']],
      ['PROBES_FAILED', []],
      ...everywhere,
    ])
    expect(listed({ verifying: 'soaking' })).toEqual([
      ['CONTESTED', []],
      ['CONTEST_OVER', []],
      ['DRIFT_FOUND', [deploying]],
      ['VERIFICATION_OVERDUE', [rollingBack, 'failed.retrying']],
      ['PROBES_FAILED', [rollingBack, 'healthy.degraded', 'failed.retrying', 'verifying.probing']],
      ['PROBES_PASSED', ['healthy.drifted', 'healthy.inSync', 'verifying.soaking']],
      ...everywhere.slice(0, 3),
      ['RETRY_ASKED', []],
      ...everywhere.slice(3),
    ])
  })

  it.each<unknown>([
    { melted: 'down' },
    { healthy: 'dancing' },
    { healthy: 'constructor' },
    { constructor: 'name' },
    { healthy: {} },
    { healthy: null },
    'healthy',
    '',
    {},
    null,
    undefined,
    7,
  ])('gives none for %j, which is no state of the machine', (value) => {
    expect(nextEvents({ value })).toEqual([])
  })

  it('lists in every state whatever the machine then really reacts to by moving', () => {
    for (const [top, { states }] of Object.entries(componentMachine.states))
      for (const child of Object.keys(states)) {
        const before = { ...initialLifecycle(), value: { [top]: child } }
        const listed = nextEvents(before)
        for (const event of new Set(componentMachine.events)) {
          const after = advance(before, { ...details, nowMs: 1e12, type: event } as Fact)
          const to = Object.entries(after.value as object)
            .flat()
            .join('.')
          if (to !== `${top}.${child}`)
            expect(listed.find((next) => next.event === event)?.leadsTo, `${top}.${child} + ${event}`).toContain(to)
        }
      }
  })
})
