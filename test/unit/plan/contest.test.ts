// What of a difference is left to somebody else, what is put right all the same, and what is said of it.
import { describe, expect, it } from 'vitest'
import { initialContext } from '../../../machines/lifecycle-context.ts'
import type { Change, Diff } from '../../../src/model/diff.ts'
import { contestable, contestMessage, contestNews, withoutContested } from '../../../src/plan/contest.ts'
import { CONFIG, FLAGS, file, targetOf, unit } from './given.ts'

const target = targetOf(file(CONFIG, 'a'), file(FLAGS, 'b'), unit())
const NOW_MS = 10_000
const content = `file:${CONFIG} content`
const mode = `file:${CONFIG} mode`
const active = 'unit:x.service active'

function change(resource: string, action: Change['action'], ...fields: (string | [string, string])[]): Change {
  const one = (field: string, from: string) => ({ field, from, to: 'right' })
  return { resource, action, fields: fields.map((it) => (typeof it === 'string' ? one(it, 'wrong') : one(...it))) }
}
const diffOf = (...changes: Change[]): Diff => ({ changes })
const edited = change(`file:${CONFIG}`, 'update', 'content')
const reloaded = change('unit:x.service', 'reload', 'running configuration')

/** \`resource action field,field\` for each change. */
const said = ({ changes }: Diff) =>
  changes.map(({ resource, action, fields }) => `${resource} ${action} ${fields.map(({ field }) => field)}`)
const split = (diff: Diff, ...contested: string[]) => {
  const { put, left } = withoutContested(diff, target, contested)
  return { put: said(put), left: said(left) }
}

describe('a field that can be contested', () => {
  it('is one that somebody changed, not what follows from that', () => {
    const diff = diffOf(change(`file:${CONFIG}`, 'update', 'content', 'mode'), reloaded)
    expect(contestable(diff)).toEqual([content, mode])
  })

  it('is a process that somebody stopped, not one that died', () => {
    expect(contestable(diffOf(change('unit:x.service', 'update', ['active', 'inactive'])))).toEqual([active])
    expect(contestable(diffOf(change('unit:x.service', 'update', ['active', 'failed'])))).toEqual([])
  })

  it.each(['definition', 'health', 'running configuration'])(
    'is no %s, which only follows from something else',
    (field) => {
      expect(contestable(diffOf(change('unit:x.service', 'update', field, 'enabled')))).toEqual([
        'unit:x.service enabled',
      ])
    },
  )

  it('is nothing that is only there still', () => {
    expect(contestable(diffOf(change('file:/etc/old', 'remove', 'ownership')))).toEqual([])
  })
})

describe('of a difference', () => {
  const both = change(`file:${CONFIG}`, 'update', 'content', 'mode')
  const flags = change(`file:${FLAGS}`, 'update', 'content')

  it.each([
    [`file:${CONFIG}`, 'content', 'mode'],
    [`file:${CONFIG}`, 'state', 'mode'],
    ['unit:x.service', 'active', 'enabled'],
    ['unit:x.service', 'mask', 'enabled'],
    ['package:x', 'version', 'origin'],
  ])('%s is left whole where its %s is contested, and put right where only its %s is', (resource, whole, part) => {
    const diff = diffOf(change(resource, 'update', whole, part))
    expect(split(diff, `${resource} ${whole}`)).toEqual({ put: [], left: said(diff) })
    expect(split(diff, `${resource} ${part}`).put).toEqual([`${resource} update ${whole}`])
  })

  it('everything is put right while nothing is contested', () => {
    expect(split(diffOf(edited, reloaded))).toEqual({ put: said(diffOf(edited, reloaded)), left: [] })
  })

  it('what is contested is left, and no process is restarted for it', () => {
    expect(split(diffOf(edited, reloaded), content)).toEqual({ put: [], left: said(diffOf(edited)) })
  })

  it('the others are put right, and their process reads them', () => {
    const restarted = change('unit:x.service', 'restart', 'running configuration')
    expect(split(diffOf(edited, flags, restarted), content)).toEqual({
      put: said(diffOf(flags, restarted)),
      left: said(diffOf(edited)),
    })
  })

  it('what else is wrong with a process is put right without reading what is left', () => {
    const disabled = change('unit:x.service', 'reload', 'enabled', 'running configuration')
    expect(split(diffOf(edited, disabled), content).put).toEqual(['unit:x.service update enabled'])
  })

  it('a file is left whole while its content is contested, and only its mode while that is', () => {
    expect(split(diffOf(both), content)).toEqual({ put: [], left: said(diffOf(both)) })
    expect(split(diffOf(both), mode)).toEqual({
      put: [`file:${CONFIG} update content`],
      left: [`file:${CONFIG} update mode`],
    })
  })

  it('a process that somebody keeps stopping is not started for something else about it', () => {
    const stopped = change('unit:x.service', 'update', 'enabled', ['active', 'inactive'])
    expect(split(diffOf(stopped), active).put).toEqual([])
  })
})

describe('news of a contest', () => {
  const context = (contested: string[], corrected = {}) => ({ ...initialContext(), contested, corrected })
  const often = [NOW_MS - 3, NOW_MS - 2, NOW_MS - 1]

  it('is that a field was put back three times and differs again', () => {
    expect(contestNews(context([], { [content]: often }), diffOf(edited), NOW_MS)).toEqual({
      type: 'CONTESTED',
      fields: [content],
      nowMs: NOW_MS,
    })
    expect(contestNews(context([], { [content]: often.slice(1) }), diffOf(edited), NOW_MS)).toBeUndefined()
    expect(contestNews(context([], { [mode]: often }), diffOf(edited), NOW_MS)).toBeUndefined()
  })

  it('is that a field is right again, and nothing while it is not', () => {
    expect(contestNews(context([content, mode]), diffOf(edited), NOW_MS)).toMatchObject({
      type: 'CONTEST_OVER',
      fields: [mode],
    })
    expect(contestNews(context([content]), diffOf(edited), NOW_MS)).toBeUndefined()
  })
})

describe('what people are told of a contest', () => {
  it('is what it is about and how to go on, however much it is', () => {
    expect(contestMessage([content], 'x@a')).toBe(
      `${content}: put back 3 times within 30 minutes and changed again; left as it is until it is right by itself, ` +
        'the spec changes, or somebody asks: homeostat reconcile x@a',
    )
    const many = Array.from({ length: 100 }, (_, i) => `file:/etc/${i} content`)
    expect(contestMessage(many, 'x@a')).toContain('file:/etc/2 content and 97 more: put back')
  })
})
