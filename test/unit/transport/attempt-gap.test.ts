// The wait between logins to a host that refuses us.
import { describe, expect, it } from 'vitest'
import { AttemptGap } from '../../../src/transport/attempt-gap.ts'
import { TransportError } from '../../../src/transport/transport.ts'

const refused = new TransportError('authentication', 'web', 'web: refused.', { sent: false })

describe('the gap after a refused login', () => {
  it('doubles from 5 s to 60 s and ends with a success', () => {
    let nowMs = 0
    const gap = new AttemptGap(() => nowMs)
    for (const expectedMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      gap.check()
      gap.failed(refused)
      nowMs += expectedMs - 1
      expect(() => gap.check()).toThrow(/another 1 s/)
      nowMs += 1
      gap.check()
    }
    gap.succeeded()
    gap.failed(refused)
    nowMs += 5_000
    gap.check()
  })

  it('repeats the kind of the failure and that nothing was sent', () => {
    const gap = new AttemptGap(() => 0)
    gap.failed(refused)
    expect(() => gap.check()).toThrow(expect.objectContaining({ kind: 'authentication', sent: false, cause: refused }))
  })
})
