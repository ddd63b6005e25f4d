// Who waits for whom: before a new revision is applied, and before something is removed.
import { describe, expect, it } from 'vitest'
import { deployBlockers, neighboursOf, runningDependents } from '../../../src/controller/dependencies.ts'
import { desireOf, statusesOf, statusIn } from './given.ts'

const hard = [{ component: 'x', soft: false }]
const soft = [{ component: 'x', soft: true }]

describe('a new revision', () => {
  it.each([
    ['healthy.inSync', true, true],
    ['healthy.degraded', true, true],
    ['verifying.soaking', false, false],
    ['deploying.blocked', false, false],
    ['failed.stalled', false, true],
    ['rolledBack.holding', false, true],
    ['disabled.absent', false, false],
  ])('whose dependency is %s: may go %s, or %s where the order alone matters', async (state, ifHard, ifSoft) => {
    const isFree = async (dependsOn: typeof hard) => {
      const desire = desireOf({ x: {}, y: { dependsOn } })
      return deployBlockers('y@a', desire, await statusesOf({ 'x@a': state }, desire)).length === 0
    }
    expect([await isFree(hard), await isFree(soft)]).toEqual([ifHard, ifSoft])
  })

  it.each([
    ['RolloutWaiting', false, false],
    ['RolloutHalted', false, true],
  ])(
    'whose dependency is healthy with what it ran before, held by %s: may go %s, or %s',
    async (reason, ifHard, ifSoft) => {
      const status = statusIn('x@a', 'healthy.inSync', { desired: 'older', lastGood: 'older' })
      const statuses = await statusesOf({})
      const blocked = { type: 'Blocked', status: 'True', reason, message: '', lastTransitionTimeMs: 0 } as const
      await statuses.save({ ...status, conditions: [blocked] }, 1)
      const isFree = (dependsOn: typeof hard) =>
        deployBlockers('y@a', desireOf({ x: {}, y: { dependsOn } }), statuses).length === 0
      expect([isFree(hard), isFree(soft)]).toEqual([ifHard, ifSoft])
    },
  )

  it('waits for what it needs on all hosts, and says which', async () => {
    const desire = desireOf({ x: { hosts: ['a', 'b'] }, y: { dependsOn: hard } })
    const statuses = await statusesOf({ 'x@a': 'healthy.inSync', 'x@b': 'verifying.probing' }, desire)
    expect(deployBlockers('y@a', desire, statuses)).toEqual([
      { reason: 'DependencyNotHealthy', message: 'waits for x@b to be healthy' },
    ])
  })

  it('waits for the one on its own host alone, where that is all that counts', async () => {
    const here = [{ component: 'x', soft: false, sameHost: true as const }]
    const desire = desireOf({ x: { hosts: ['a', 'b'] }, y: { hosts: ['a', 'b', 'c'], dependsOn: here } })
    const statuses = await statusesOf({ 'x@a': 'healthy.inSync', 'x@b': 'verifying.probing' }, desire)
    const blockers = (['y@a', 'y@b', 'y@c'] as const).map((key) => deployBlockers(key, desire, statuses))
    expect(blockers).toEqual([[], [{ reason: 'DependencyNotHealthy', message: 'waits for x@b to be healthy' }], []])
    expect(neighboursOf(statusIn('x@b', 'healthy.inSync'), desire, statuses)).toEqual(['y@b'])
  })

  it.each(['disabled.absent', 'disabled.removing', 'healthy.inSync'])(
    'waits for what is disabled (%s) and names it, where the order alone matters it does not',
    async (state) => {
      const statuses = await statusesOf({ 'x@a': state })
      const of = (dependsOn: typeof hard) =>
        deployBlockers('y@a', desireOf({ x: { enabled: false }, y: { dependsOn } }), statuses)
      expect(of(hard)).toEqual([
        {
          reason: 'DependencyDisabled',
          message: 'needs x, which is disabled; it waits until it is enabled or no longer needed',
        },
      ])
      expect(of(soft)).toEqual([])
    },
  )

  it('waits for nothing when nobody says so', async () => {
    expect(deployBlockers('y@a', desireOf({ x: {}, y: {} }), await statusesOf({}))).toEqual([])
  })
})

describe('what is removed', () => {
  const gone = async (dependsOn: typeof hard, state = 'disabled.removing') => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing' })
    await statuses.save({ ...statusIn('y@b', state), dependsOn }, 2)
    return statuses
  }

  it('stays for those that need it, as they are written or, when nobody writes them any more, as they were', async () => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing', 'y@b': 'healthy.inSync' })
    const written = desireOf({ y: { hosts: ['b'], dependsOn: hard } })
    expect(runningDependents('x@a', written, statuses)).toEqual(['y@b'])
    expect(runningDependents('x@a', desireOf({}), await gone(hard))).toEqual(['y@b'])
    expect(runningDependents('x@a', desireOf({ y: { hosts: ['b'] } }), await gone(hard, 'healthy.inSync'))).toEqual([])
    expect(runningDependents('x@a', desireOf({}), await gone(hard, 'disabled.absent'))).toEqual([])
  })

  it('does not stay for those that need the one on their own host, elsewhere', async () => {
    const here = [{ component: 'x', soft: false, sameHost: true as const }]
    expect(runningDependents('x@a', desireOf({}), await gone(here))).toEqual([])
    expect(runningDependents('x@b', desireOf({}), await gone(here))).toEqual(['y@b'])
  })

  it('stays for those that come after it only while they go too', async () => {
    expect(runningDependents('x@a', desireOf({}), await gone(soft))).toEqual(['y@b'])
    const disabled = desireOf({ y: { hosts: ['b'], enabled: false, dependsOn: soft } })
    expect(runningDependents('x@a', disabled, await gone(soft))).toEqual(['y@b'])
    const kept = desireOf({ y: { hosts: ['b'], dependsOn: soft } })
    expect(runningDependents('x@a', kept, await gone(soft, 'healthy.inSync'))).toEqual([])
  })

  it('does not stay for ever: not for what is on a host that nobody describes any more, not for one another', async () => {
    expect(runningDependents('x@a', desireOf({}, { hosts: {} }), await gone(hard))).toEqual([])
    const statuses = await gone(hard)
    await statuses.save({ ...statusIn('x@a', 'disabled.removing'), dependsOn: [{ component: 'y', soft: false }] }, 3)
    expect(runningDependents('x@a', desireOf({}), statuses)).toEqual([])
    expect(runningDependents('y@b', desireOf({}), statuses)).toEqual([])
  })
})

describe('when something changes, those hear of it', () => {
  it('that need it, that it needs, and that it needed until now', async () => {
    const statuses = await statusesOf({
      'x@a': 'disabled.removing',
      'old@a': 'disabled.removing',
      'z@a': 'healthy.inSync',
    })
    const y = { ...statusIn('y@a', 'disabled.removing'), dependsOn: [{ component: 'old', soft: false }] }
    const desire = desireOf({ y: { dependsOn: hard }, z: { dependsOn: [{ component: 'y', soft: true }] } })
    expect(neighboursOf(y, desire, statuses).sort()).toEqual(['old@a', 'x@a', 'z@a'])
  })

  it('and nobody who runs what is asked for: that waits for nothing', async () => {
    const states = { 'y@a': 'healthy.inSync', 'z@a': 'deploying.blocked' }
    const desire = desireOf({ x: {}, y: { dependsOn: hard }, z: { dependsOn: hard } })
    const hear = async (known?: typeof desire) =>
      neighboursOf(statusIn('x@a', 'healthy.inSync'), desire, await statusesOf(states, known)).sort()
    expect(await hear()).toEqual(['y@a', 'z@a'])
    expect(await hear(desire)).toEqual(['z@a'])
  })
})
