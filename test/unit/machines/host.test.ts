// The connection to a host: reachable or not, since when, and when it is tried again.
import { describe, expect, it } from 'vitest'
import { advanceHost, type HostConnection, type HostFact, initialConnection } from '../../../machines/host.ts'

const answered = (nowMs: number): HostFact => ({ type: 'ANSWERED', nowMs })
const notReached = (nowMs: number, message = 'no route'): HostFact => ({
  ...{ type: 'NOT_REACHED', nowMs, message, retryAfterMs: 500 },
})
const told = (...facts: HostFact[]): HostConnection => facts.reduce(advanceHost, initialConnection())
const calm = { failures: 0, retryAtMs: 0, message: '' }

describe('the connection to a host', () => {
  it.each<[string, HostFact[], HostConnection]>([
    ['is not known at first', [], { value: 'unknown', context: { ...calm, sinceMs: 0 } }],
    ['is there when it answers', [answered(10)], { value: 'reachable', context: { ...calm, sinceMs: 10 } }],
    [
      'is there since it first did',
      [answered(10), answered(20)],
      { value: 'reachable', context: { ...calm, sinceMs: 10 } },
    ],
    [
      'is lost when it does not, and tried later',
      [answered(10), notReached(30)],
      { value: 'unreachable', context: { failures: 1, retryAtMs: 530, sinceMs: 30, message: 'no route' } },
    ],
    [
      'is lost since then, with the latest reason, and every failure counted',
      [notReached(10), notReached(30, 'refused'), notReached(600, 'silent')],
      { value: 'unreachable', context: { failures: 3, retryAtMs: 1_100, sinceMs: 10, message: 'silent' } },
    ],
    [
      'is there again as if nothing had been',
      [notReached(10), notReached(30), answered(40), answered(50)],
      { value: 'reachable', context: { ...calm, sinceMs: 40 } },
    ],
    [
      'counts anew when it is lost again',
      [notReached(10), answered(40), notReached(60)],
      { value: 'unreachable', context: { failures: 1, retryAtMs: 560, sinceMs: 60, message: 'no route' } },
    ],
  ])('%s', (_, facts, connection) => {
    expect(told(...facts)).toEqual(connection)
  })
})
