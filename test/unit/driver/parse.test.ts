// What a real Debian host answered, read back. The fixture was captured by the shipped script on a host of the lab.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { AnswerError } from '../../../src/driver/systemd/frames.ts'
import { parseObservation } from '../../../src/driver/systemd/parse.ts'
import { parseOutcome, parseRecalled } from '../../../src/driver/systemd/parse-outcome.ts'
import type { Operation } from '../../../src/model/operation.ts'
import { buildTarget } from '../../../src/plan/build-target.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/driver/${name}`, import.meta.url), 'utf8')
const mark = 'homeostat-fixture'
const wanted = JSON.parse(fixture('observe.wanted.json'))
const answer = fixture('observe.out')
const parse = (text: string, asked = wanted) =>
  parseObservation(text, { host: 'web', wanted: asked, mark, startedAtMs: 5 })

describe('an observation', () => {
  test('is what the host said, fact by fact', () => {
    expect(parse(answer)).toEqual(JSON.parse(fixture('observe.expected.json')))
  })

  test('is the same after any noise of a login shell, a forged frame included', () => {
    const noise = `motd \u001b[31m\nhomeostat-other begin\n\nhomeostat-other end\n${'x'.repeat(10_000)}`
    expect(parse(noise + answer)).toEqual(parse(answer))
  })

  test('is refused when it was cut short, wherever', () => {
    for (let length = 0; length < answer.length - `\n${mark} end\n`.length; length += 37) {
      expect(() => parse(answer.slice(0, length)), `${length} bytes`).toThrow(AnswerError)
    }
  })

  test.each<[string, string, string, RegExp]>([
    ['a boot id that is none', 'boot 34382986', 'boot ???', /odd facts of the host/],
    ['a negative token', 'fence 3', 'fence -3', /odd facts of the host/],
    ['file facts that are none', 'f 640 root', 'f 648 root', /odd file facts/],
    ['a digest that is none', '595aee9b', '595AEE9B', /odd file facts/],
    ['no time', '/proc/self/./stat', '/proc/self/stat', /did not tell its time/],
    ['no units', '==> standard input <==', '==> standard <==', /what is told begins with/],
    ['a file that nothing is said of', 'absent\t/etc/absent\0', '', /nothing was said of "\/etc\/absent"/],
    ['a unit too few', 'Id=no-such.service', '\nId=no-such.service', /systemctl answered for 13 units, not 12/],
    ['a unit without its state', 'ActiveState=failed', 'Active=failed', /did not tell ActiveState/],
    ['a day that is none', '2026-11-23 12:46:56.778300', '2026-19-73 12:46:56.778300', /odd time/],
    ['a time in another zone', '12:46:56.778300 UTC', '12:46:56.778300 CET', /odd time/],
    ['a restart count that is none', 'NRestarts=7', 'NRestarts=7x', /NRestarts is "7x", not a number/],
    ['a package line of another form', 'libc6\tamd64', 'libc6 amd64', /odd package/],
    ['a user of another form', 'admin:x:1000', 'admin:1000', /odd user/],
    ['an operation that was not asked for', `${mark}/ op-done`, `${mark}/ op-other`, /odd operation/],
    ['an effect that was not asked for', '\n1 there is no table', '\n2 there is no table', /odd effect/],
    ['a part that was not asked for', `${mark} users`, `${mark} users\n\n${mark} more`, /has the parts/],
  ])('is refused with %s', (_, from, to, message) => {
    expect(answer).toContain(from)
    expect(() => parse(answer.replaceAll(from, to))).toThrow(message)
  })

  describe('in the middle of which a file', () => {
    const part = (name: string) => `\n${mark} ${name}\n`
    const without = (name: string) => answer.replace(`${part(name)}absent\t/etc/absent\0`, part(name))

    test('came has the file', () => {
      const text = without('gone').replace(
        part('files'),
        `${part('files')}d 755 root root 1 1.0000000000 9 /etc/absent\0`,
      )
      expect(parse(text).files['/etc/absent']).toMatchObject({ state: 'directory' })
    })

    test('went lacks it', () => {
      expect(parse(without('missing')).files['/etc/absent']).toEqual({ state: 'absent' })
    })
  })

  test('quotes what was odd in one harmless, bounded line', () => {
    const odd = `libc6 \u001b[2J\u202e${'y'.repeat(100_000)}`
    try {
      parse(answer.replace('libc6\tamd64', odd))
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message).toMatch(/^odd package "/)
      expect((error as Error).message.length).toBeLessThan(400)
      expect((error as Error).message).not.toMatch(/\p{Cc}|\p{Cf}/u)
    }
  })

  test('says who put a component there, where its record does', () => {
    const keeper = 'a1'.repeat(32)
    const said = answer.replace('component node-exporter\n', `component node-exporter\nkeeper ${keeper}\n`)
    expect(parse(said).components['node-exporter']).toEqual({ ...parse(answer).components['node-exporter'], keeper })
    expect(parse(answer).components['node-exporter']?.keeper).toBeUndefined()
  })

  test('says what waits for its confirmation, and what the host took back by itself', () => {
    const record = parse(answer).components['node-exporter']
    const waits = answer.replace('recorded node-exporter\n', 'recorded node-exporter\narmed node-exporter op-7-a 28\n')
    const armed = { operationId: 'op-7-a', leftMs: 28_000 }
    expect(parse(waits).components['node-exporter']).toEqual({ ...record, armed })
    const odd = waits.replace('op-7-a 28', 'op-7-a $(id)')
    expect(parse(odd).components['node-exporter']).toEqual(record)
    const said = answer.replace('component node-exporter\n', 'component node-exporter\nreverted 4\n')
    expect(parse(said).components['node-exporter']).toEqual({ ...record, reverted: 4 })
  })

  describe.each<[string, string, string, string]>([
    ['has a strange line', 'verified 1 cf2c', 'verifies 1 cf2c', 'it has the odd line "verifies 1 cf2c'],
    ['has a revision that is none', 'verified 1 cf2c', 'verified 1 CF2C', 'is not a revision'],
    ['has lost its end', '.service\nend\n', '.service\n', 'it ends in the middle'],
    ['was cut within a line', '.service\nend\n', '.serv', 'it ends in the middle'],
    ['is another component’s', 'component node-exporter', 'component other', 'it begins with "component other"'],
    ['names no generation', 'generation 1\n', '', 'it names no generation'],
    ['owns what nobody can', 'owned unit:', 'owned moon:', 'it has the odd line "owned moon:'],
    ['cannot be read', 'node-exporter/record <==\n', 'another/record <==\n', 'it cannot be read'],
    ['is there twice', 'slow/record <==\n', 'node-exporter/record <==\n', 'it cannot be read'],
    ['is gone', 'recorded node-exporter', 'unrecorded node-exporter', 'it is missing'],
  ])('where the record of a component %s', (_, from, to, what) => {
    test('is without it, says what is wrong, and has everything else', () => {
      expect(answer).toContain(from)
      const { components, damaged, ...rest } = parse(answer.replace(from, to))
      expect(damaged).toContainEqual({
        component: 'node-exporter',
        path: '/var/lib/homeostat/components/node-exporter/record',
        what: expect.stringContaining(what),
      })
      const { components: whole, damaged: none, ...same } = parse(answer)
      expect([rest, none]).toEqual([same, []])
      expect(components.broken).toEqual(whole.broken)
      expect(Object.hasOwn(components, 'node-exporter')).toBe(false)
    })
  })

  test.each([
    ['a line too few', 'certain true\n', '', 'odd result of operation op-refused'],
    ['an outcome that is none', 'outcome failed', 'outcome perhaps', 'odd outcome "perhaps"'],
    ['no end', 'dGVkIBtbMzFtfQo=\nend\n', 'dGVkIBtbMzFtfQo=\n', 'odd result'],
  ])('tells of an operation whose result has %s that its end is not known', (_, from, to, why) => {
    expect(answer).toContain(from)
    const result = answer.replace(from, to)
    expect(parse(result).operations['op-refused']).toEqual({
      state: 'interrupted',
      why: expect.stringContaining(`/var/lib/homeostat/ops/op-refused/result is damaged: ${why}`),
    })
    expect(parse(result).operations['op-done']).toEqual(parse(answer).operations['op-done'])
  })

  test.each([
    ['digest', /^(prometheus-node-exporter.service [0-9a-f]{32}) [0-9a-f]{64}/m, '$1 7'],
    ['time', /^(prometheus-node-exporter.service [0-9a-f]{32} [0-9a-f]{64} Mon 2026-)11/m, '$199'],
  ])('takes a note of what a process has loaded with an odd %s for none', (_, from, to) => {
    const odd = answer.replace(from, to)
    expect(odd).not.toBe(answer)
    expect(parse(answer).units['prometheus-node-exporter.service']?.loaded).toBeDefined()
    expect(parse(odd).units['prometheus-node-exporter.service']?.loaded).toBeUndefined()
  })

  test('has nothing of a component that is called like a part of JavaScript unless it is there', () => {
    expect(parse(answer).components.constructor).toBeUndefined()
  })

  test('names what a host lacks', () => {
    const lacking = `\n${mark} begin\n\n${mark} lacking\nsha256sum\nsystemd as the first process\n\n${mark} end\n`
    expect(() => parse(lacking)).toThrow('the host lacks sha256sum, systemd as the first process')
  })

  test('has the highest token of the kept operations where the file of the token is damaged', () => {
    const { fence, damaged } = parse(answer.replace('fence 3 ', 'fence 2 th\u001bree'))
    expect([fence, damaged]).toEqual([
      2,
      [{ path: '/var/lib/homeostat/fence', what: expect.stringMatching(/^it says "th\\/) }],
    ])
  })

  test('answers for names that no host can have, and for those of JavaScript, without asking or stumbling', () => {
    const odd = {
      ...wanted,
      packages: [...wanted.packages, 'constructor', '--purge'],
      units: [...wanted.units, '../x.service', '__proto__'],
      users: [...wanted.users, 'toString'],
    }
    const seen = parse(answer, odd)
    expect(seen.packages.constructor).toEqual({ installed: false, version: '' })
    expect(seen.units['../x.service']?.load).toBe('not-found')
    expect(seen.users.toString).toEqual({ exists: false, home: '', groups: [] })
  })
})

describe('an outcome', () => {
  const operation = { id: 'op-7' } as Operation
  const framed = (section: string, body: string) => `\n${mark} begin\n\n${mark} ${section}\n${body}\n${mark} end\n`

  test('is the result that the host wrote', () => {
    const written = answer.slice(answer.indexOf('outcome failed'), answer.indexOf(`\n${mark}/ op-interrupted`))
    expect(parseOutcome(framed('result', written), operation, mark)).toMatchObject({
      operationId: 'op-7',
      outcome: 'failed',
      exitCode: 4,
      certain: true,
    })
  })

  test.each([
    ['unstaged', 'stage the operation', 'No space left on device', 'refused'],
    ['ended', 'run to its end', 'its last step was: put files live', 'failed'],
  ])('is uncertain where the operation was %s', (section, step, output, outcome) => {
    const result = parseOutcome(framed(section, `${output}\n`), operation, mark)
    expect(result).toMatchObject({ outcome, step, output, certain: false, startedAtMs: 0 })
  })

  test('is an error, and never a result, where the id was used before', () => {
    expect(() => parseOutcome(framed('used', ''), operation, mark)).toThrow(/op-7: this id was used before/)
  })
})

describe('a recalled target', () => {
  const target = buildTarget(
    { component: 'web', host: 'h', type: 'custom' },
    { resources: [{ kind: 'package', name: 'web' }], probes: [] },
  )
  const framed = (...texts: string[]) =>
    `\n${mark} begin\n${texts.map((text, index) => `\n${mark} generation ${index + 8}\n${text}\n`).join('')}\n${mark} end\n`

  test('comes back newest first', () => {
    const kept = parseRecalled(framed(...Array(3).fill(JSON.stringify(target))), 'web', mark)
    expect(kept.map(({ generation }) => generation)).toEqual([10, 9, 8])
    expect(kept[0]?.target).toEqual(target)
  })

  test.each([
    ['no JSON', '{"component":'],
    ['of another component', JSON.stringify({ ...target, component: 'other' })],
    ['without resources', JSON.stringify({ ...target, resources: undefined })],
    ['no object', '7'],
    ['not what it was', JSON.stringify({ ...target, resources: [7] })],
  ])('is left out when it is %s, and the others come back', (_, text) => {
    const kept = parseRecalled(framed(text, JSON.stringify(target)), 'web', mark)
    expect(kept).toEqual([{ generation: 9, target }])
  })
})
