// Two passes at once: who decided to begin may find that another one has begun since.
import { describe, expect, it } from 'vitest'
import type { Desire } from '../../../src/controller/desire.ts'
import { Rollouts } from '../../../src/controller/rollouts.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { Rollout } from '../../../src/model/policy.ts'
import { desireOf, statusesOf } from './given.ts'

function withRollout(desire: Desire, rollout: Rollout): Desire {
  const wishes = [...desire.wishes].map(
    ([key, wish]) => [key, { ...wish, policy: { ...wish.policy, rollout } }] as const,
  )
  return { ...desire, wishes: new Map(wishes) }
}

describe('a turn', () => {
  const twoHosts = desireOf({ x: { hosts: ['a', 'b'] } })
  const by = (canary: string) => withRollout(twoHosts, { maxParallel: 1, canary })

  it('is taken by one, also where the spec lets another one go first in between', async () => {
    let desire = by('a')
    const rollouts = new Rollouts(() => desire, await statusesOf({}))
    const release = rollouts.take('x@a')
    expect(release).toBeDefined()
    desire = withRollout(twoHosts, { maxParallel: 1 })
    expect(rollouts.take('x@b')).toBeUndefined()
    release?.()
    desire = by('b')
    expect(rollouts.take('x@b')).toBeDefined()
  })

  it('has nobody who is wanted no more since he decided to begin', async () => {
    const statuses = await statusesOf({})
    const disabled = withRollout(desireOf({ x: { hosts: ['a', 'b'], enabled: false } }), { maxParallel: 1 })
    for (const desire of [disabled, desireOf({})])
      expect(new Rollouts(() => desire, statuses).take('x@a')).toBeUndefined()
  })

  it('is told to those whose answer is another one than they were given', async () => {
    const statuses = await statusesOf({ 'x@a': 'deploying.blocked', 'x@b': 'deploying.blocked' })
    const say = async (key: ComponentKey, message: string) => {
      const blocked = {
        type: 'Blocked',
        status: 'True',
        reason: 'RolloutWaiting',
        message,
        lastTransitionTimeMs: 0,
      } as const
      await statuses.save({ ...statuses.get(key), conditions: [blocked] }, 2)
    }
    const rollouts = new Rollouts(() => by('a'), statuses)
    expect(rollouts.toldOtherwise('x@a')).toEqual(['x@b'])
    await say('x@b', rollouts.blocker('x@b')?.message ?? '')
    expect(rollouts.toldOtherwise('x@a')).toEqual([])
    await say('x@b', 'waits for somebody else')
    expect(rollouts.toldOtherwise('x@a')).toEqual(['x@b'])
  })
})
