// Hosts that are restarted in the middle of an operation: that is nobody's failure, unless it comes with every attempt.
import { describe, expect, it } from 'vitest'
import { condition, reasons, settledWorld, states, write } from './support/stories.ts'

const MINUTE = 60_000

/** Restarts the host in the middle of each of its next operations. */
async function restartedTimes(times: number, content = 'v2') {
  const world = await settledWorld({ x: {} })
  let left = times
  world.onMoment = (moment) => {
    if (moment === 'operate sent' && left > 0) {
      left -= 1
      world.clock.setTimer(500, () => world.host('a').reboot())
    }
    return 'go'
  }
  write(world, 'x', content)
  await world.clock.advance(20 * MINUTE)
  return world
}

describe('a host that is restarted in the middle of an operation', () => {
  it.each([1, 2, 5])('%i time(s): the revision is brought about all the same', async (times) => {
    const world = await restartedTimes(times)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v2')
    const told = await reasons(world, 'x@a')
    expect(told.filter((reason) => reason === 'Interrupted')).toHaveLength(times)
    expect(told).not.toContain('ApplyFailed')
  })

  it('with every attempt, which then counts: the revision is taken back', async () => {
    const world = await restartedTimes(7)
    expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding' })
    expect(condition(world, 'x@a', 'RolledBack')).toMatchObject({ status: 'True', reason: 'ApplyFailed' })
    expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v1')
  })
})
