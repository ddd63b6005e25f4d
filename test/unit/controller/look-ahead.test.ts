// Looks at hosts while what is written still settles: at which, and for how long they count.
import { describe, expect, it } from 'vitest'
import { LookAhead } from '../../../src/controller/look-ahead.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { HostObservation } from '../../../src/model/observation.ts'
import { noSecrets } from '../../../src/secrets/secrets.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'
import { desireOf, fileType, stateOf, type Written } from './given.ts'

const now = { one: { hosts: ['a', 'b'] }, two: { hosts: ['b'] } }
const key: ComponentKey = 'two@b'

/** `coming` is what stands in the directory while it is being written to; undefined: it cannot be read. */
async function ahead(coming: Record<string, Written> | undefined) {
  const clock = new SimClock(() => 0.5)
  const looks: string[] = []
  const lookAhead = new LookAhead(
    { clock, source: { watch: () => () => undefined }, catalog: { file: fileType } },
    {
      preview: async () => {
        if (coming === undefined) throw new Error('no such directory')
        return { state: stateOf(coming), secrets: noSecrets }
      },
    },
    { desire: desireOf(now) },
    () => ({
      observe: async ({ name }, notBeforeMs): Promise<HostObservation> => {
        looks.push(`${name} from ${notBeforeMs - beganAtMs}`)
        throw new Error('does not answer')
      },
      expectChange: ({ name }, target) => looks.push(`${name} is prepared${target ? ` for ${target.component}` : ''}`),
    }),
  )
  const beganAtMs = clock.nowMs()
  await lookAhead.begin()
  return { lookAhead, looks, clock, beganAtMs }
}

describe('looking ahead', () => {
  it('is at the hosts of what is about to change, and at what will be asked for there', async () => {
    const { lookAhead, looks } = await ahead({ ...now, two: { hosts: ['b'], path: '/etc/new' } })
    expect(looks).toEqual(['b from 0', 'b is prepared for two'])
    expect(lookAhead.targetsOn('a')).toEqual([])
    expect(lookAhead.targetsOn('b')).toMatchObject([{ component: 'two', resources: [{ path: '/etc/new' }] }])
  })

  it.each([
    ['a component that is suspended', { ...now, two: { hosts: ['b'], content: 'v2', suspend: { reason: 'a test' } } }],
    ['a component that is new', { ...now, three: { hosts: ['b'] } }],
    ['two components at once', { one: { hosts: ['a', 'b'], content: 'v2' }, two: { hosts: ['b'], content: 'v2' } }],
  ])('has nothing checked for %s', async (_, coming) => {
    expect((await ahead(coming)).looks).toContain('b is prepared')
  })

  it('counts for the very target that was foreseen', async () => {
    const { lookAhead, beganAtMs } = await ahead({ ...now, two: { hosts: ['b'], content: 'v2' } })
    expect(lookAhead.sinceMs(key, desireOf({ ...now, two: { hosts: ['b'], content: 'v2' } }))).toBe(beganAtMs)
    expect(lookAhead.sinceMs(key, desireOf({ ...now, two: { hosts: ['b'], content: 'v3' } }))).toBeUndefined()
    expect(lookAhead.sinceMs('one@b', desireOf(now))).toBeUndefined()
  })

  it('counts for a moment only', async () => {
    const coming = { ...now, two: { hosts: ['b'], content: 'v2' } }
    const { lookAhead, clock } = await ahead(coming)
    await clock.advance(2_001)
    expect(lookAhead.sinceMs(key, desireOf(coming))).toBeUndefined()
    expect(lookAhead.targetsOn('b')).toEqual([])
  })

  it.each([
    ['nothing changes', now],
    ['a component seems to go', { one: now.one }],
    ['one is to be disabled', { ...now, two: { hosts: ['b'], enabled: false } }],
    ['nothing can be read', undefined],
  ])('is at no host where %s', async (_, coming) => {
    expect((await ahead(coming)).looks).toEqual([])
  })
})
