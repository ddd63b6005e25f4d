// Whatever is done to one file, the documents of the other files stay what they were, and nothing throws.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { desiredStateReader } from '../../src/spec/desired-state.ts'
import { corpus } from '../support/corpus.ts'
import { cpuMs, spoilt } from '../support/spoilt.ts'
import { component, host, read, types } from '../unit/spec/given.ts'

const hosts = `${host('web')}${host('db', 'address: 10.0.0.2, ssh: { jump: web }')}`
const manifest =
  'apiVersion: homeostat/v1\nkind: Manifest\nmetadata: { name: lan }\nspec: { network: { domain: example.org } }\n'
const good: Record<string, string> = {
  'hosts.yaml': hosts,
  'manifest.yaml': manifest,
  'a.yaml': component('a', 'hosts: [web], options: { port: 1 }'),
  'b.yaml': component('b', 'hosts: [db, web], dependsOn: [a]') + component('c', 'hosts: [web], dependsOn: [b]'),
  'd.yaml': component('d', 'hosts: [web], dependsOn: [{ name: c, soft: true }], options: { interval: 5m }'),
}
const paths = Object.keys(good)

/** Pieces that mean something in these files, so that mutations get past the parser. */
const pieces = fc.oneof(
  fc.constantFrom(
    '\n---\n',
    ' web',
    ' db',
    'a',
    'b',
    'c',
    'd',
    'e',
    '[',
    ']',
    '{',
    '}',
    ':',
    '&x ',
    '*x',
    '!!str ',
    '%YAML 1.1\n',
    '"',
    "'",
    '|\n',
    '\t',
    '\u0000',
    '\u202e',
    '\ud800',
    '__proto__: 1\n',
    'constructor',
    'Host',
    'Component',
    'dependsOn: [d]',
    'jump: db',
    'hosts: all',
    '1e999',
    'null',
    '-',
    '#',
  ),
  fc.string({ maxLength: 8, unit: 'binary' }),
  fc.constantFrom(...Object.values(good)),
)

const mutation = fc.record({ path: fc.constantFrom(...paths), from: fc.nat(700), cut: fc.nat(700), insert: pieces })

function mutate(text: string, { from, cut, insert }: { from: number; cut: number; insert: string }): string {
  const at = from % (text.length + 1)
  return text.slice(0, at) + insert + text.slice(at + (cut % (text.length - at + 1)))
}

const before = read(good)

/** Everything that the other files say, without where it stands. */
function saidElsewhere(reading: ReturnType<typeof read>, path: string) {
  const of = <T extends object>(record: Record<string, T>, names: string[]) => names.map((name) => record[name])
  const components = Object.values(before.desired.components).filter((it) => it.file !== path)
  return {
    components: of(
      reading.desired.components,
      components.map((it) => it.name),
    ).map((it) => it && { ...it, file: '', line: 0 }),
    hosts: path === 'hosts.yaml' ? [] : of(reading.desired.hosts, ['db', 'web']),
    manifest: path === 'manifest.yaml' ? undefined : reading.desired.manifest,
  }
}

function expectUnharmed(path: string, text: string) {
  const after = read({ ...good, [path]: text }, before.lastGood)
  expect(saidElsewhere(after, path)).toEqual(saidElsewhere(before, path))
  for (const issue of after.desired.issues) {
    expect(issue.line).toBeGreaterThan(0)
    expect(issue.column).toBeGreaterThan(0)
    expect(issue.message).not.toBe('')
  }
  if (after.desired.issues.length === 0) expect(after.desired.broken).toEqual([])
}

describe('one file among others', () => {
  it.each(corpus('yaml'))('can be the seed %s, or that spoilt, without harm to the others', (_, seed) => {
    expect(cpuMs(() => expectUnharmed('new.yaml', seed))).toBeLessThan(2_000)
    fc.assert(
      fc.property(spoilt(seed), (text) => expectUnharmed('new.yaml', text)),
      { numRuns: 4 },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('can be cut off anywhere without harm to the others', { timeout: 60_000 }, () => {
    for (const path of paths)
      for (let length = 0; length <= (good[path]?.length ?? 0); length++)
        expectUnharmed(path, good[path]?.slice(0, length) ?? '')
  })

  it('can be changed in any way without harm to the others', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(mutation, (change) => expectUnharmed(change.path, mutate(good[change.path] ?? '', change))),
      { numRuns: 600 },
    )
  })

  it('reads back from its last good texts as it is in effect, after any number of changes', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (changes) => {
        let texts = good
        let reading = before
        for (const change of changes) {
          texts = { ...texts, [change.path]: mutate(texts[change.path] ?? '', change) }
          reading = read(texts, reading.lastGood)
        }
        const plain = (it: ReturnType<typeof read>) => ({
          hosts: it.desired.hosts,
          manifest: it.desired.manifest,
          components: Object.values(it.desired.components).map((component) => ({ ...component, line: 0 })),
        })
        expect(plain(read(reading.lastGood))).toEqual(plain(reading))
      }),
      { numRuns: 120 },
    )
  })

  it('is read the same by who remembers what the others say, after any number of changes and back', {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (changes) => {
        const remembering = desiredStateReader(types)
        let texts = good
        let reading = before
        for (const change of [...changes, undefined]) {
          texts = change === undefined ? good : { ...texts, [change.path]: mutate(texts[change.path] ?? '', change) }
          const remembered = remembering(texts, reading.lastGood, [])
          reading = read(texts, reading.lastGood)
          expect(remembered).toEqual(reading)
        }
      }),
      { numRuns: 120 },
    )
  })
})
