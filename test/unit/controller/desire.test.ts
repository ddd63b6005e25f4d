// From what is written to wishes: one bad component is held, the others are as without it.
import { describe, expect, it } from 'vitest'
import { ownedFor, placeIn } from '../../../src/controller/desire.ts'
import { hostChanged, isConcerned, mattersToOthers } from '../../../src/controller/desire-change.ts'
import { wantedOn } from '../../../src/controller/wanted.ts'
import { hostNamed, observationOf } from '../../support/observations.ts'
import { desireOf, statusesOf, statusIn } from './given.ts'

const kinds = (desire: ReturnType<typeof desireOf>) =>
  Object.fromEntries([...desire.wishes].map(([key, wish]) => [key, wish.kind]))

describe('wishes', () => {
  it('are one for each host of each component', () => {
    const desire = desireOf({ x: { hosts: ['a', 'b'] }, y: { enabled: false } })
    expect(kinds(desire)).toEqual({ 'x@a': 'deploy', 'x@b': 'deploy', 'y@a': 'disable' })
  })

  it('have places, those first that others wait for, and what is not wished last', () => {
    const desire = desireOf({ a: { dependsOn: [{ component: 'b', soft: false }] }, b: {}, c: {} })
    expect(['b@a', 'a@a', 'c@a', 'gone@a'].map((key) => placeIn(desire, key))).toEqual([0, 1, 2, 3])
  })

  it.each([
    ['the type says no', { content: 'throw' }, 'port is taken', 'spec.options.port'],
    ['the type has a bug', { content: 'bug' }, 'which is a bug: undefined is not a function', 'spec'],
    ['there is no such type', { type: 'nothing' }, 'no component type nothing', 'spec'],
  ])('hold a component where %s, say so at its place, and leave the others as they are', (_, bad, message, path) => {
    const desire = desireOf({ x: bad, y: {} })
    expect(kinds(desire)).toEqual({ 'x@a': 'held', 'y@a': 'deploy' })
    expect(desire.issues).toMatchObject([{ file: 'x.yaml', line: 3, path, message: expect.stringContaining(message) }])
    expect(desire.wishes.get('y@a')).toEqual(desireOf({ y: {} }).wishes.get('y@a'))
  })

  it('hold the later of two that want one file on one host in different ways, and neither on different hosts', () => {
    const path = '/etc/shared'
    const desire = desireOf({ y: { path, content: 'v2' }, x: { path }, z: { path, hosts: ['b'] } })
    expect(kinds(desire)).toEqual({ 'x@a': 'deploy', 'y@a': 'held', 'z@b': 'deploy' })
    expect(desire.issues[0]?.message).toBe('file:/etc/shared on a is already claimed by component x')
  })

  it('have nothing to change of what is external, and own nothing of it, whatever the platform', () => {
    const nixos = { ...hostNamed('a'), platform: 'nixos' as const }
    const more = { hosts: { a: nixos } }
    const desire = desireOf({ x: { external: true }, y: {} }, more)
    expect(kinds(desire)).toEqual({ 'x@a': 'deploy', 'y@a': 'held' })
    const wish = desire.wishes.get('x@a')
    expect(wish).toMatchObject({ external: true, target: { resources: [] } })
    const record = { generation: 1, revision: 'r', rejected: [], owned: ['file:/etc/x'] }
    expect(ownedFor(wish, record)).toEqual([])
    expect(ownedFor(desireOf({ x: {} }).wishes.get('x@a'), record)).toEqual(['file:/etc/x'])
    expect(ownedFor(undefined, record)).toEqual(['file:/etc/x'])
  })

  it('hold nobody for a file that both want alike', () => {
    const path = '/etc/shared'
    expect(kinds(desireOf({ y: { path }, x: { path } }))).toEqual({ 'x@a': 'deploy', 'y@a': 'deploy' })
  })
})

describe('secrets', () => {
  const ref = (name: string) => `\${secret:${name}}`
  const files = {
    'x.yaml': `# x\n---\nkind: Component\n  content: ${ref('db/password')}\n`,
    'conf/y': `a\n ${ref('gone')}`,
  }
  const find = (name: string) =>
    name === 'gone' ? { problem: 'there is no secret gone' } : { digest: '0123456789abcdef' }
  const desired = (written: Parameters<typeof desireOf>[0]) => desireOf(written, { files }, find)

  it('are in no target, and make another one of it with every value', () => {
    const wish = desired({ x: { content: ref('db/password'), mode: 0o640 } }).wishes.get('x@a')
    expect(wish).toMatchObject({ kind: 'deploy', usesSecrets: true })
    expect(wish).not.toHaveProperty('publishedSecrets')
    const known = desireOf({ x: { content: ref('db/password'), mode: 0o640 } }, {}, (name) => {
      return { digest: '0123456789abcdef', ...(name === 'db/password' ? { isPublished: true } : {}) }
    })
    expect(known.wishes.get('x@a')).toMatchObject({ publishedSecrets: ['db/password'] })
    expect(JSON.stringify(wish)).toContain(ref('db/password@0123456789abcdef'))
    const other = desireOf({ x: { content: ref('db/password'), mode: 0o640 } }, {}, () => ({ digest: 'f'.repeat(16) }))
    expect(isConcerned('x@a', desired({ x: { content: ref('db/password'), mode: 0o640 } }), other)).toBe(true)
  })

  it.each([
    ['missing', ref('gone'), 0o600, 'there is no secret gone', { file: 'conf/y', line: 2, column: 2 }],
    [
      'for everybody to read',
      ref('db/password'),
      0o644,
      'has a secret in it and the mode 0644',
      { file: 'x.yaml', line: 4, column: 12 },
    ],
    ['still encrypted', 'ENC[AES256_GCM,data:x]', 0o644, 'holds ciphertext', { file: 'x.yaml', line: 3, column: 1 }],
  ])('hold the component alone that has one %s, and say where', (_, content, mode, message, place) => {
    const desire = desired({ x: { content, mode }, y: { content: 'plain' } })
    expect(kinds(desire)).toEqual({ 'x@a': 'held', 'y@a': 'deploy' })
    expect(desire.wishes.get('x@a')).toMatchObject({
      reason: 'SecretsNotReady',
      message: expect.stringContaining(message),
    })
    expect(desire.issues).toMatchObject([{ ...place, message: expect.stringContaining(message) }])
  })

  it('cannot be had where nobody knows any', () => {
    const desire = desireOf({ x: { content: ref('db/password'), mode: 0o600 } })
    expect(desire.issues[0]?.message).toMatch(/^there is no secret db\/password: there is no SOPS file/)
  })
})

describe('what is enabled and needs what is disabled', () => {
  it('is told at the very dependency, and is wished for all the same', () => {
    const needs = ['w', 'x'].map((component) => ({ component, soft: false }))
    const written = { w: {}, x: { enabled: false }, y: { dependsOn: needs } }
    const desire = desireOf(written)
    expect(desire.issues).toMatchObject([
      {
        file: 'x.yaml',
        line: 3,
        path: 'spec.dependsOn[1]',
        message: expect.stringMatching(/^x is disabled: .* of y /),
      },
    ])
    expect(kinds(desire)).toMatchObject({ 'y@a': 'deploy' })
  })

  it('is no problem where the order alone matters, or where it is disabled too', () => {
    const soft = [{ component: 'x', soft: true }]
    expect(desireOf({ x: { enabled: false }, y: { dependsOn: soft } }).issues).toEqual([])
    const hard = [{ component: 'x', soft: false }]
    expect(desireOf({ x: { enabled: false }, y: { enabled: false, dependsOn: hard } }).issues).toEqual([])
  })
})

describe('a new reading', () => {
  it('concerns exactly what is another than before', () => {
    const before = desireOf({ x: {}, y: {}, z: { content: 'throw' } })
    const next = desireOf({ x: { content: 'v2' }, y: {}, z: { content: 'bug' } })
    const concerned = [...next.wishes.keys()].filter((key) => isConcerned(key, before, next))
    expect(concerned).toEqual(['x@a', 'z@a'])
    expect(isConcerned('gone@a', before, next)).toBe(false)
    expect(isConcerned('gone@a', before, desireOf({}, { broken: ['b.yaml'] }))).toBe(true)
  })

  it('concerns everything on a host that is described differently', () => {
    const hosts = { a: { ...hostNamed('a'), address: '192.0.2.9' }, b: hostNamed('b') }
    const [before, next] = [
      desireOf({ x: {}, y: { hosts: ['b'] } }),
      desireOf({ x: {}, y: { hosts: ['b'] } }, { hosts }),
    ]
    expect([hostChanged('a', before, next), hostChanged('b', before, next)]).toEqual([true, false])
    expect([isConcerned('x@a', before, next), isConcerned('y@b', before, next)]).toEqual([true, false])
  })

  it('matters to others when something comes, goes or cannot be rendered', () => {
    const before = desireOf({ x: {}, y: { content: 'throw' } })
    const next = desireOf({ x: { content: 'v2' }, z: {} })
    expect(['x@a', 'y@a', 'z@a'].map((key) => mattersToOthers(key as 'x@a', before, next))).toEqual([false, true, true])
  })

  it('matters to others when something needs them no longer', () => {
    const needing = desireOf({ x: {}, y: { dependsOn: [{ component: 'x', soft: false }] } })
    expect(mattersToOthers('y@a', needing, desireOf({ x: {}, y: {} }))).toBe(true)
    expect(mattersToOthers('y@a', needing, needing)).toBe(false)
  })
})

describe('what to look at on a host', () => {
  it('is what is wanted there, what is ours there by its own record, and what was sent there', async () => {
    const statuses = await statusesOf({ 'x@a': 'deploying.applying' })
    const intent = {
      operationId: 'x-7',
      kind: 'apply' as const,
      cause: 'spec' as const,
      generation: 1,
      fence: 7,
      startedAtMs: 1,
    }
    await statuses.save({ ...statusIn('x@a', 'deploying.applying'), intent }, 2)
    const record = { generation: 1, revision: 'r', rejected: [], owned: ['file:/etc/old', 'unit:old.service'] }
    const seen = observationOf({ components: { gone: record } })
    const desire = desireOf({ x: {}, other: { hosts: ['b'] } })
    expect(wantedOn('a', desire, statuses, seen)).toEqual({
      paths: ['/etc/old', '/etc/x'],
      units: ['old.service'],
      packages: [],
      origins: [],
      users: [],
      operationIds: ['x-7'],
    })
  })
})
