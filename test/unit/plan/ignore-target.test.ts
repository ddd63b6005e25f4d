// What the rules about what others may change mean for the resources and probes of a target.
import { describe, expect, it } from 'vitest'
import type { IgnoreRule } from '../../../src/model/policy.ts'
import type { Probe } from '../../../src/model/probe.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { asWritten, isLeft, isMeant, keptKeysOf, keyedFiles, loosened, probesOf } from '../../../src/plan/ignore.ts'
import { nameOf } from '../../../src/plan/ignored.ts'
import { fileWith, observationOf } from '../../support/observations.ts'
import { CONFIG, FLAGS, file, targetOf, unit } from './given.ts'

const reason = 'the application writes it'
const path = (name: string): IgnoreRule => ({ kind: 'path', name, reason })
const keyed = (name: string, format: 'ini' | 'json', ...keys: string[][]): IgnoreRule => ({
  ...{ kind: 'path', name, reason },
  ...{ format, keys },
})
const named = (kind: 'unit' | 'package', name: string): IgnoreRule => ({ kind, name, reason })
const directory: Resource = { kind: 'directory', path: '/etc/x', owner: 'root', group: 'root', mode: 0o755 }
const pkg: Resource = { kind: 'package', name: 'x.service' }

describe('a rule', () => {
  it.each<[string, IgnoreRule, Resource, boolean]>([
    ['a unit of its name', named('unit', 'x.service'), unit(), true],
    ['no other unit', named('unit', 'y.service'), unit(), false],
    ['no package of the name of a unit', named('unit', 'x.service'), pkg, false],
    ['no unit of the name of a package', named('package', 'x.service'), unit(), false],
    ['a file of its pattern', path('/etc/*.conf'), file(CONFIG, 'a'), true],
    ['no other file', path('/etc/*.ini'), file(CONFIG, 'a'), false],
    ['a directory', path('/etc/*'), directory, true],
    ['no directory where it names keys', keyed('/etc/*', 'ini', ['a']), directory, false],
    ['a file where it names keys', keyed('/etc/*', 'ini', ['a']), file(CONFIG, 'a'), true],
    ['nothing else by a path', path('x.service'), unit(), false],
  ])('means %s', (_, rule, resource, is) => {
    expect(isMeant(rule, resource)).toBe(is)
  })

  it('leaves all of a file unless it names keys', () => {
    expect(isLeft(file(CONFIG, 'a'), [path(CONFIG)])).toBe(true)
    expect(isLeft(file(CONFIG, 'a'), [keyed(CONFIG, 'ini', ['a'])])).toBe(false)
    expect(isLeft(file(CONFIG, 'a'), [path(FLAGS), path(CONFIG)])).toBe(true)
  })

  it('has a name for people, of 500 characters at most', () => {
    expect(nameOf(keyed(CONFIG, 'json', ['server', 'port'], ['plugins']))).toBe(`path ${CONFIG}: server.port, plugins`)
    expect(nameOf(named('unit', 'x.service'))).toBe('unit x.service')
    expect(nameOf(path('/x'.repeat(400)))).toHaveLength(500)
  })
})

describe('probes', () => {
  const systemd = (name: string): Probe => ({ kind: 'systemd', name: `p-${name}`, timeoutMs: 1, unit: name })
  const tcp: Probe = { kind: 'tcp', name: 't', timeoutMs: 1, address: '::1', port: 1 }
  const target = { ...targetOf(unit()), probes: [systemd('x.service'), systemd('y.service'), tcp] }
  const asked = (...rules: IgnoreRule[]) => probesOf(target, rules).map(({ name }) => name)

  it('are all asked, but for whether a unit runs that is left to others', () => {
    expect(probesOf(target)).toEqual(target.probes)
    expect(asked(named('unit', 'x.service'))).toEqual(['p-y.service', 't'])
    expect(asked(named('package', 'x.service'))).toHaveLength(3)
    expect(asked(path('x.service'), named('unit', 'z.service'))).toHaveLength(3)
    expect(asked(path('/etc/*'), named('unit', 'y.service'))).toEqual(['p-x.service', 't'])
  })
})

describe('keys that are left', () => {
  it('are those of all rules of the format of the first', () => {
    const rules = [
      keyed(CONFIG, 'ini', ['a'], ['b', 'c']),
      path(CONFIG),
      keyed(FLAGS, 'ini', ['no']),
      keyed(CONFIG, 'json', ['json']),
      keyed('/etc/*.conf', 'ini', ['d']),
    ]
    expect(keptKeysOf(file(CONFIG, ''), rules)).toEqual({ format: 'ini', keys: [['a'], ['b', 'c'], ['d']] })
    expect(keptKeysOf(file('/other', ''), rules)).toBeUndefined()
    expect(keptKeysOf(file(CONFIG, ''), [path(CONFIG)])).toBeUndefined()
  })

  it('are looked for in the files that are there', () => {
    const target = targetOf(file(CONFIG, 'a'), file(FLAGS, 'b'), file('/etc/gone', 'c'), file('/etc/new', 'd'), unit())
    const files = { [CONFIG]: fileWith('x'), [FLAGS]: fileWith('y'), '/etc/gone': { state: 'absent' as const } }
    const rules = [CONFIG, '/etc/gone', '/etc/new'].map((name) => keyed(name, 'ini', ['a']))
    const found = keyedFiles(target, observationOf({ files }), [...rules, path(FLAGS), named('unit', 'x.service')])
    expect(found.map((it) => it.path)).toEqual([CONFIG])
  })

  it('loosen a file, as a rule for all of it does', () => {
    const target = targetOf(file(CONFIG, 'a'), file(FLAGS, 'b'), directory, unit())
    const rules = [keyed(CONFIG, 'ini', ['a']), path('/etc/x'), named('unit', 'x.service')]
    expect([...loosened(target, rules)]).toEqual([`file:${CONFIG}`])
    expect([...loosened(target, [])]).toEqual([])
  })
})

describe('what would be written', () => {
  const rules = [keyed(CONFIG, 'ini', ['port']), path(FLAGS)]
  const target = targetOf(file(CONFIG, 'port = 1\nhost = a\n'), file(FLAGS, 'x = 1\n'), unit({ restartOn: [] }))
  const contents = (live: Record<string, string>, all = rules) => {
    const written = asWritten(target, { rules: all, live: new Map(Object.entries(live)) })
    expect({ ...written, resources: [] }).toEqual({ ...target, resources: [] })
    return written.resources.map((it) => (it.kind === 'file' ? it.content : it.kind)).sort()
  }
  const asWanted = contents({}, [])

  it('has the keys that are left as they are there', () => {
    expect(asWanted).toEqual(['port = 1\nhost = a\n', 'unit', 'x = 1\n'])
    const live = { [CONFIG]: 'port = 2\nhost = b\n', [FLAGS]: 'x = 2\n' }
    expect(contents(live)).toEqual(['port = 2\nhost = a\n', 'unit', 'x = 1\n'])
  })

  it.each<[string, Record<string, string>, IgnoreRule[]]>([
    ['nobody read the file', { [FLAGS]: 'x = 2\n' }, rules],
    ['no keys are left', { [CONFIG]: 'port = 2\n' }, [path(CONFIG)]],
    ['it cannot be taken apart', { [CONFIG]: '[' }, [keyed(CONFIG, 'json', ['port'])]],
  ])('is what is wanted where %s', (_, live, all) => {
    expect(contents(live, all)).toEqual(asWanted)
  })
})
