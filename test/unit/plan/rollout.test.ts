// Whose turn a new revision is, out of what is known of each host; and that no way of going on takes too many at once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialLifecycle } from '../../../machines/advance.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { Rollout } from '../../../src/model/policy.ts'
import { type Member, rolloutOf } from '../../../src/plan/rollout.ts'

type Standing =
  | ('old' | 'new' | 'unwell' | 'drifted' | 'changing' | 'silent' | 'fresh' | 'broken on old')
  | ('taken back' | 'going back' | 'drifted when taken back' | 'stalled' | 'taken back from another')

const STATES: Record<Standing, string> = {
  old: 'healthy.inSync',
  new: 'healthy.inSync',
  unwell: 'healthy.degraded',
  changing: 'verifying.soaking',
  drifted: 'healthy.drifted',
  'taken back': 'rolledBack.holding',
  'going back': 'failed.rollingBack',
  'drifted when taken back': 'rolledBack.drifted',
  'taken back from another': 'rolledBack.holding',
  stalled: 'failed.stalled',
  silent: 'healthy.inSync',
  fresh: 'disabled.absent',
  'broken on old': 'failed.retrying',
}

function member(host: string, standing: Standing): Member {
  const [top = '', child = ''] = (STATES[standing] ?? '').split('.')
  const isOld = standing === 'old' || standing === 'silent' || standing === 'broken on old'
  const isNew = standing === 'new' || standing === 'unwell' || standing === 'drifted'
  const context = {
    ...initialLifecycle().context,
    desired: standing === 'fresh' ? null : standing === 'taken back from another' ? 'r0' : isOld ? 'r1' : 'r2',
    lastGood: standing === 'fresh' ? null : isNew ? 'r2' : 'r1',
    message: standing === 'taken back' ? 'x.service does not start\nmore' : '',
  }
  return {
    key: `x@${host}`,
    revision: 'r2',
    lifecycle: { ...initialLifecycle(), value: { [top]: child }, context },
    isChanging: standing === 'changing' || standing === 'stalled',
    isReachable: standing !== 'silent',
  }
}

/** `a old, b new` and so on, by host. */
const membersOf = (standings: Record<string, Standing>) =>
  Object.entries(standings).map(([host, it]) => member(host, it))

/** What each host that is to be changed waits for; `go` for nothing. */
function said(standings: Record<string, Standing>, rollout: Rollout = { maxParallel: 1 }): Record<string, string> {
  const blocker = rolloutOf(membersOf(standings), rollout)
  const toBeChanged = Object.entries(standings).filter(([, it]) => !['new', 'unwell', 'drifted'].includes(it))
  return Object.fromEntries(
    toBeChanged.map(([host]) => [host, blocker(`x@${host}` as ComponentKey)?.reason.replace('Rollout', '') ?? 'go']),
  )
}

describe('the turn of a new revision', () => {
  it.each<[string, Record<string, Standing>, Rollout, Record<string, string>]>([
    ['is nobody else\u2019s where there is one host', { a: 'old' }, { maxParallel: 1 }, { a: 'go' }],
    ['goes by name', { b: 'old', a: 'old' }, { maxParallel: 1 }, { a: 'go', b: 'Waiting' }],
    ['comes when the one before is proven', { a: 'new', b: 'old' }, { maxParallel: 1 }, { b: 'go' }],
    [
      'waits for one under way, which goes on',
      { a: 'old', b: 'changing' },
      { maxParallel: 1 },
      { a: 'Waiting', b: 'go' },
    ],
    ['is that of several', { a: 'old', b: 'old', c: 'old' }, { maxParallel: 2 }, { a: 'go', b: 'go', c: 'Waiting' }],
    ['is the canary\u2019s alone', { a: 'old', b: 'old' }, { maxParallel: 2, canary: 'b' }, { a: 'Waiting', b: 'go' }],
    [
      'is all others\u2019 after the canary',
      { a: 'old', b: 'new', c: 'old' },
      { maxParallel: 2, canary: 'b' },
      { a: 'go', c: 'go' },
    ],
    [
      'is the canary’s only when those under way are done',
      { a: 'old', b: 'changing', c: 'old' },
      { maxParallel: 1, canary: 'a' },
      { a: 'Waiting', b: 'go', c: 'Waiting' },
    ],
    [
      'waits for a silent canary',
      { a: 'old', b: 'silent' },
      { maxParallel: 1, canary: 'b' },
      { a: 'Waiting', b: 'go' },
    ],
    ['skips who does not answer', { a: 'silent', b: 'old' }, { maxParallel: 1 }, { a: 'Waiting', b: 'go' }],
    [
      'is the silent one\u2019s too where there is room',
      { a: 'silent', b: 'old' },
      { maxParallel: 2 },
      { a: 'go', b: 'go' },
    ],
    [
      'is over for the others where one was taken back, which may be tried once more',
      { a: 'old', b: 'taken back' },
      { maxParallel: 2 },
      { a: 'Halted', b: 'go' },
    ],
    [
      'is that of one after the other of those that were taken back, whoever is the canary',
      { a: 'old', b: 'taken back', c: 'taken back' },
      { maxParallel: 1, canary: 'a' },
      { a: 'Halted', b: 'go', c: 'Waiting' },
    ],
    [
      'waits, of one that was taken back, for one under way',
      { a: 'taken back', b: 'changing' },
      { maxParallel: 1 },
      { a: 'Waiting', b: 'go' },
    ],
    [
      'is over where one was given up, which may go on',
      { a: 'stalled', b: 'old' },
      { maxParallel: 1 },
      { a: 'go', b: 'Halted' },
    ],
    [
      'is over for the others while one goes back',
      { a: 'going back', b: 'old' },
      { maxParallel: 1 },
      { a: 'go', b: 'Halted' },
    ],
    [
      'is over for the others where what one went back to has drifted',
      { a: 'drifted when taken back', b: 'old' },
      { maxParallel: 1 },
      { a: 'go', b: 'Halted' },
    ],
    [
      'goes by name among those that are tried once more',
      { b: 'taken back', a: 'taken back' },
      { maxParallel: 1 },
      { a: 'go', b: 'Waiting' },
    ],
    [
      'is nobody else\u2019s matter where it was another revision that was taken back',
      { a: 'taken back from another', b: 'old' },
      { maxParallel: 1 },
      { a: 'go', b: 'Waiting' },
    ],
    ['does not wait for one that has it and drifted', { a: 'drifted', b: 'old' }, { maxParallel: 1 }, { b: 'go' }],
    ['waits while one that has it is not well', { a: 'unwell', b: 'old' }, { maxParallel: 1 }, { b: 'Waiting' }],
    [
      'does not wait for what broke before',
      { a: 'new', b: 'broken on old', c: 'old' },
      { maxParallel: 1 },
      { b: 'go', c: 'Waiting' },
    ],
    [
      'is one host\u2019s where nothing runs anywhere',
      { a: 'fresh', b: 'fresh' },
      { maxParallel: 1 },
      { a: 'go', b: 'Waiting' },
    ],
    [
      'is that of all fresh hosts at once when it is proven on one',
      { a: 'new', b: 'fresh', c: 'fresh', d: 'old', e: 'old' },
      { maxParallel: 1 },
      { b: 'go', c: 'go', d: 'go', e: 'Waiting' },
    ],
  ])('%s', (_, standings, rollout, expected) => {
    expect(said(standings, rollout)).toEqual(expected)
  })

  it('says which host it waits for, which one failed and why, and what goes on', () => {
    const waits = rolloutOf(membersOf({ a: 'old', b: 'old' }), { maxParallel: 1 })('x@b')
    expect(waits?.message).toBe('revision r2 waits for x@a: one host at a time')
    const halted = rolloutOf(membersOf({ a: 'taken back', b: 'old' }), { maxParallel: 1 })('x@b')
    expect(halted?.message).toBe(
      'revision r2 waits: x@a could not be brought to it (x.service does not start). ' +
        'b stays as it is until the spec changes, or x@a is healthy with it',
    )
  })

  it('names three hosts that it waits for, how many more there are, and who does not answer', () => {
    const waits = (standings: Record<string, Standing>, rollout: Rollout) => {
      const members = membersOf(standings).map((it) => ({ ...it, revision: 'r2' }))
      return rolloutOf(members, rollout)('x@z')?.message
    }
    const old = { z: 'old' } as const
    const three = { a: 'changing', b: 'changing', c: 'changing' } as const
    expect(waits({ ...three, ...old }, { maxParallel: 3 })).toBe(
      'revision r2 waits for x@a, x@b, x@c: 3 hosts at a time',
    )
    expect(waits({ ...three, d: 'changing', e: 'changing', ...old }, { maxParallel: 4 })).toBe(
      'revision r2 waits for x@a, x@b, x@c and 2 more: 4 hosts at a time',
    )
    expect(waits({ a: 'silent', ...old }, { maxParallel: 1, canary: 'a' })).toBe(
      'revision r2 waits for x@a, which does not answer: one host at a time',
    )
  })

  it('says why in 1,000 characters at most, and nothing in brackets where nobody knows', () => {
    const halted = (message: string, revision = 'r2') => {
      const [failed, other] = membersOf({ a: 'taken back', b: 'old' }).map((it) => ({ ...it, revision })) as [
        Member,
        Member,
      ]
      const context = { ...failed.lifecycle.context, desired: revision, message }
      return rolloutOf([{ ...failed, lifecycle: { ...failed.lifecycle, context } }, other], { maxParallel: 1 })('x@b')
    }
    expect(halted('x'.repeat(2_000))?.message).toHaveLength(1_000)
    expect(halted('', '0123456789abcdef')?.message).toMatch(
      /^revision 01234567 waits: x@a could not be brought to it\. b stays/,
    )
  })
})

const anyStanding = fc.constantFrom(...(Object.keys(STATES) as Standing[]))
const hosts = ['a', 'b', 'c', 'd', 'e', 'f']
const anyRollout = fc.record(
  { maxParallel: fc.integer({ min: 1, max: 4 }), canary: fc.constantFrom(...hosts) },
  { requiredKeys: ['maxParallel'] },
)

describe('whatever the hosts are like', () => {
  it('whoever may begin leaves no more than maxParallel away from what was proven', () => {
    fc.assert(
      fc.property(fc.array(anyStanding, { minLength: 2, maxLength: 6 }), anyRollout, (standings, rollout) => {
        const members = standings.map((it, at) => member(hosts[at] ?? '', it))
        const blocker = rolloutOf(members, rollout)
        const isProvenThere = ({ lifecycle }: Member) => lifecycle.context.lastGood !== null
        const away = members.filter((it) => it.isChanging && isProvenThere(it)).length
        // Of those that do not answer any number may: each finds out by itself, one after the other.
        const begins = members.filter(
          (it) => !it.isChanging && it.isReachable && isProvenThere(it) && it.lifecycle.context.lastGood !== 'r2',
        )
        const may = begins.filter(({ key }) => blocker(key) === undefined).length
        expect(may === 0 || away + may <= rollout.maxParallel).toBe(true)
      }),
    )
  })

  it('one may go on, or it is said which one is waited for', () => {
    fc.assert(
      fc.property(fc.array(anyStanding, { minLength: 2, maxLength: 6 }), anyRollout, (standings, rollout) => {
        const members = standings.map((it, at) => member(hosts[at] ?? '', it))
        const blocker = rolloutOf(members, rollout)
        for (const { key } of members) {
          const why = blocker(key)
          if (why !== undefined) expect(why.message).toMatch(/x@[a-f]/)
        }
        const open = members.filter(({ lifecycle }) => lifecycle.context.lastGood !== 'r2')
        const isStuck = standings.some((it) => ['taken back', 'stalled', 'unwell'].includes(it))
        if (open.length > 0 && !isStuck) expect(open.some(({ key }) => blocker(key) === undefined)).toBe(true)
      }),
    )
  })
})
