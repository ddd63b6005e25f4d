// What others may change: left once it is there, in detecting and in every change alike.
import { describe, expect, it } from 'vitest'
import type { FileFact, HostObservation } from '../../../src/model/observation.ts'
import type { IgnoreRule } from '../../../src/model/policy.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { diffTarget, withRestarts } from '../../../src/plan/diff.ts'
import { explainDiff } from '../../../src/plan/explain.ts'
import { ignoredIn } from '../../../src/plan/ignored.ts'
import { loadedDigest } from '../../../src/plan/loaded-digest.ts'
import { fileWith, observationOf, runningUnit } from '../../support/observations.ts'
import { CONFIG, FLAGS, file, targetOf, unit } from './given.ts'

const reason = 'the application writes it'
const path: IgnoreRule = { kind: 'path', name: '/etc/*.conf', reason }
const keyed: IgnoreRule = { kind: 'path', name: CONFIG, keys: [['port']], format: 'ini', reason }
const unitRule: IgnoreRule = { kind: 'unit', name: 'x.service', reason }

const told = (
  target: ReturnType<typeof targetOf>,
  seen: Partial<HostObservation>,
  rules: IgnoreRule[],
  live: Record<string, string> = {},
) =>
  explainDiff(diffTarget(target, observationOf(seen), [], { ignoring: { rules, live: new Map(Object.entries(live)) } }))

const config = (fact: FileFact) => ({ files: { [CONFIG]: fact } })

describe('a path', () => {
  const target = targetOf(file(CONFIG, 'a'))

  it.each<[string, FileFact, string]>([
    ['another content and mode', fileWith('b', { mode: 0o600 }), ''],
    ['a link', { state: 'other', what: 'a symbolic link' }, ''],
    ['nothing', { state: 'absent' }, 'create file:/etc/x.conf: state absent → file'],
  ])('%s', (_, fact, says) => {
    expect(told(target, config(fact), [path])).toBe(says)
  })

  it('is told where another rule is meant', () => {
    expect(told(target, config(fileWith('b')), [{ ...path, name: '/etc/y.conf' }, unitRule])).toContain('content')
  })

  it('goes with what it belongs to', () => {
    const ignoring = { rules: [path], live: new Map() }
    const { changes } = diffTarget(undefined, observationOf(config(fileWith('b'))), [`file:${CONFIG}`], { ignoring })
    expect(changes.map(({ action }) => action)).toEqual(['remove'])
  })
})

describe('keys of a file', () => {
  const target = targetOf(file(CONFIG, 'port = 1\nhost = a\n'))
  const live = 'port = 2\nhost = a\n'

  it('may differ, and nothing else', () => {
    expect(told(target, config(fileWith(live)), [keyed], { [CONFIG]: live })).toBe('')
    expect(told(target, config(fileWith(live, { mode: 0o600 })), [keyed], { [CONFIG]: live })).toMatch(/: mode/)
    const other = 'port = 2\nhost = b\n'
    expect(told(target, config(fileWith(other)), [keyed], { [CONFIG]: other })).toMatch(/: content/)
  })

  it('that nobody could read leave the file whole', () => {
    expect(told(target, config(fileWith('?', { mode: 0o600 })), [keyed])).toBe('')
    expect(told(target, config({ state: 'absent' }), [keyed])).toMatch(/^create/)
  })
})

describe('a package', () => {
  const rule: IgnoreRule = { kind: 'package', name: 'x', reason }
  const target = targetOf({ kind: 'package', name: 'x', version: '1' })

  it('may have any version, and has to be there', () => {
    expect(told(target, { packages: { x: { installed: true, version: '2' } } }, [rule])).toBe('')
    expect(told(target, { packages: { x: { installed: false, version: '' } } }, [rule])).toMatch(/^create/)
  })
})

describe('a unit', () => {
  const alone = targetOf(unit({ restartOn: [], reloadOn: [] }))
  const at = (differs: Parameters<typeof runningUnit>[0]) => ({ units: { 'x.service': runningUnit(differs) } })

  it('may be stopped, disabled and masked, and has to be there', () => {
    expect(told(alone, at({ active: 'inactive', enabled: 'disabled' }), [unitRule])).toBe('')
    expect(told(alone, at({ active: 'inactive', load: 'masked', enabled: 'masked' }), [unitRule])).toBe('')
    expect(told(alone, {}, [unitRule])).toMatch(/^create/)
    expect(withRestarts({ changes: [] }, alone, [unitRule]).changes).toEqual([])
  })

  it('takes in what we change while it runs', () => {
    const target = targetOf(file(FLAGS, 'new'), unit({ reloadOn: [] }))
    const files = { [FLAGS]: fileWith('old') }
    expect(told(target, { files, ...at({}) }, [unitRule])).toMatch(/restart unit:x\.service: running configuration/)
    expect(told(target, { files, ...at({ active: 'inactive' }) }, [unitRule])).not.toContain('unit:')
  })
})

describe('a process that reads what others change', () => {
  const target = targetOf(file(FLAGS, 'flags'), file(CONFIG, 'a'), unit())
  const digest = loadedDigest([
    { path: FLAGS, sha256: sha256('flags') },
    { path: CONFIG, sha256: sha256('a') },
  ])
  const ours = { invocationId: 'i', stateChangedAtMs: 1_000 }
  const seen = (config: FileFact, flags = fileWith('flags', { changedAtMs: 0 })) => ({
    files: { [CONFIG]: config, [FLAGS]: flags },
    units: { 'x.service': runningUnit({ ...ours, loaded: { ...ours, digest } }) },
  })
  const edited = fileWith('b', { changedAtMs: 5_000 })

  it('is not restarted for it', () => {
    expect(told(target, seen(edited), [path])).toBe('')
    expect(told(target, seen(edited), [])).toContain('running configuration')
  })

  it('is restarted for the rest', () => {
    const flags = fileWith('flags', { changedAtMs: 5_000 })
    expect(told(target, seen(edited, flags), [path])).toMatch(/^restart unit:x\.service/)
  })
})

it('says what each rule comes to', () => {
  const target = targetOf(file(CONFIG, 'a'), file(FLAGS, 'b'), { kind: 'package', name: 'x' })
  const seen = observationOf({
    files: { [CONFIG]: fileWith('c', { mode: 0o600 }), [FLAGS]: fileWith('b') },
    packages: { x: { installed: true, version: '1' } },
  })
  const unused: IgnoreRule = { kind: 'path', name: '/etc/z', reason }
  const flags: IgnoreRule = { kind: 'path', name: FLAGS, keys: [['a', 'b']], format: 'ini', reason }
  const ignoring = { rules: [path, unused, flags], live: new Map() }
  const [all, rest] = [diffTarget(target, seen, []), diffTarget(target, seen, [], { ignoring })]
  expect(ignoredIn(target, ignoring, { all, told: rest })).toEqual([
    { what: 'path /etc/*.conf', reason, resources: 1, differs: ['file:/etc/x.conf content', 'file:/etc/x.conf mode'] },
    { what: 'path /etc/z', reason, resources: 0, differs: [] },
    { what: `path ${FLAGS}: a.b`, reason, resources: 1, differs: [] },
  ])
})

describe('what rules come to', () => {
  const of = (rule: IgnoreRule, target: ReturnType<typeof targetOf>, seen: Partial<HostObservation>) => {
    const ignoring = { rules: [rule], live: new Map<string, string>() }
    const diffs = [
      diffTarget(target, observationOf(seen), []),
      diffTarget(target, observationOf(seen), [], { ignoring }),
    ]
    const [all = { changes: [] }, rest = { changes: [] }] = diffs
    return ignoredIn(target, ignoring, { all, told: rest })[0]?.differs
  }

  it('of a file whose keys nobody can tell is that it is left whole', () => {
    const target = targetOf(file(CONFIG, 'port = 1\n'))
    expect(of(keyed, target, config(fileWith('\0', { mode: 0o600 })))).toEqual([
      `${CONFIG}: no text of at most 64 KiB, so nobody can tell its keys: left whole`,
    ])
    expect(of(keyed, target, config(fileWith('port = 1\n')))).toEqual([])
  })

  it('names what is left, and not what is put right all the same', () => {
    const target = targetOf(file(CONFIG, 'a'), file(FLAGS, 'a'))
    const seen = { files: { [CONFIG]: fileWith('b'), [FLAGS]: fileWith('b') } }
    expect(of(path, target, seen)).toEqual([`file:${CONFIG} content`])
    expect(of(path, target, { files: { [FLAGS]: fileWith('b') } })).toEqual([])
  })

  it('names five of what is left', () => {
    const paths = Array.from({ length: 4 }, (_, at) => `/etc/${at}.conf`)
    const target = targetOf(...paths.map((name) => file(name, 'a')))
    const files = Object.fromEntries(paths.map((name) => [name, fileWith('b', { mode: 0o600 })]))
    expect(of(path, target, { files })).toHaveLength(5)
  })
})
