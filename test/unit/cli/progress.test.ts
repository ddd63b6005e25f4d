// When `run --once` may stop: nothing more is going to happen by itself.
import { expect, test } from 'vitest'
import type { RunningController } from '../../../src/cli/composition.ts'
import { outcomeOf } from '../../../src/cli/progress.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import { conditionOf, NOW_MS, statusOf } from '../../support/statuses.ts'

type Wanted = ReturnType<RunningController['wanted']>

const rolledBack = statusOf('base@h', { state: { rolledBack: 'holding' } })
const waiting = statusOf('top@h', {
  state: { deploying: 'blocked' },
  conditions: [conditionOf('Blocked', 'True', 'DependencyNotHealthy', 'waits for base@h to be healthy')],
})
const wanted = (['base@h', 'top@h'] as ComponentKey[]).map((key) => ({ key, kind: 'deploy' as const, hasPassed: true }))
const outcome = (...statuses: ReturnType<typeof statusOf>[]) => outcomeWith(statuses)
const outcomeWith = (statuses: ReturnType<typeof statusOf>[], seen: Wanted = wanted, isSurveyed = true) =>
  outcomeOf({ statuses: () => statuses, wanted: () => seen, isSurveyed: () => isSurveyed })

test('what waits for something that was taken back will wait for ever', () => {
  expect(outcome(rolledBack, waiting)).toBe('rolledBack')
})

test('what needs something that is disabled does not move any more', () => {
  const blocked = conditionOf('Blocked', 'True', 'DependencyDisabled', 'needs base, which is disabled')
  const top = statusOf('top@h', { state: { deploying: 'blocked' }, conditions: [blocked] })
  expect(outcome(statusOf('base@h'), top)).toBe('unhealthy')
})

test('what waits for something that moves, or has just become healthy, is moving', () => {
  expect(outcome(statusOf('base@h', { state: { verifying: 'soaking' } }), waiting)).toBe('moving')
  expect(outcome(statusOf('base@h'), waiting)).toBe('moving')
})

test.each([
  ['RolloutWaiting', 'rolledBack'],
  ['RolloutHalted', 'rolledBack'],
])('a host that is well with what it runs while another revision is asked for is not the end: %s', (reason, end) => {
  const top = statusOf('top@h', { conditions: [conditionOf('Blocked', 'True', reason, 'waits')] })
  expect(outcome(rolledBack, top)).toBe(end)
  expect(outcome(statusOf('base@h'), top)).toBe(reason === 'RolloutWaiting' ? 'moving' : 'unhealthy')
})

test('all healthy is healthy, and anything under way is moving', () => {
  expect(outcome(statusOf('base@h'), statusOf('top@h'))).toBe('healthy')
  expect(outcome(rolledBack, statusOf('top@h', { state: { deploying: 'applying' } }))).toBe('moving')
})

test('what drifted is moving while it waits to be put right, and at rest where it is left as it is', () => {
  const drifted = (dueAtMs: number | null) =>
    outcome(statusOf('base@h', { state: { healthy: 'drifted' }, context: { dueAtMs } }), statusOf('top@h'))
  expect([drifted(NOW_MS), drifted(null)]).toEqual(['moving', 'healthy'])
})

test('what an earlier controller left in the store is no outcome before the host was looked at', () => {
  const seen = wanted.map((each) => ({ ...each, hasPassed: each.key === 'base@h' }))
  const statuses = [statusOf('base@h'), statusOf('top@h')]
  expect(outcomeWith(statuses, seen)).toBe('moving')
})

test('all healthy is no outcome before all hosts have said what is there and named no longer', () => {
  expect(outcomeWith([statusOf('base@h'), statusOf('top@h')], wanted, false)).toBe('moving')
})

test.each([
  ['is under way', undefined, 'moving'],
  ['waits for what needs it', 'DependentsRunning', 'moving'],
  ['waits for a person', 'RemovalNotConfirmed', 'unhealthy'],
  ['waits for a file', 'FilesBroken', 'unhealthy'],
])('a removal that %s (%s) is %s', (_, reason, expected) => {
  const conditions = reason === undefined ? [] : [conditionOf('Blocked', 'True', reason, 'why')]
  const removing = statusOf('gone@h', { state: { disabled: 'removing' }, conditions })
  const gone = { key: 'gone@h' as const, kind: 'disable' as const, hasPassed: true }
  const statuses = [statusOf('base@h'), statusOf('top@h'), removing]
  expect(outcomeWith(statuses, [...wanted, gone])).toBe(expected)
})
