// Operations as the ordered steps that carry them out: given a target and a difference, expect these calls, in this order.
import { describe, expect, test } from 'vitest'
import { lower } from '../../../src/driver/systemd/lower.ts'
import { withFallback } from '../../../src/driver/systemd/lower-fallback.ts'
import { operationProblems } from '../../../src/driver/systemd/operation-problems.ts'
import { originKey, type Step, stepNames } from '../../../src/driver/systemd/step.ts'
import type { Change } from '../../../src/model/diff.ts'
import type { Operation } from '../../../src/model/operation.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { loadedDigest } from '../../../src/plan/loaded-digest.ts'
import { operationWith } from './operations.ts'

const config = '/etc/homeostat/web/web.conf'
const dropIn = '/etc/systemd/system/web.service.d/homeostat.conf'
const access = { owner: 'root', group: 'web', mode: 0o640 }
const resources: Resource[] = [
  { kind: 'package', name: 'web', version: '1.2-3' },
  { kind: 'user', name: 'web', home: '/srv/web', groups: ['ssl-cert', 'adm'] },
  { kind: 'directory', path: '/srv/web', owner: 'web', group: 'web', mode: 0o2750 },
  { kind: 'file', path: config, content: 'a', ...access, validate: ['web', '--check={staged}'] },
  { kind: 'file', path: dropIn, content: 'b', ...access },
  {
    kind: 'unit',
    name: 'web.service',
    enabled: true,
    running: true,
    restartOn: [`file:${dropIn}`],
    reloadOn: [`file:${config}`],
  },
]
const target = buildTarget({ component: 'web', host: 'h', type: 'custom' }, { resources, probes: [] })
const change = (resource: string, action: Change['action'] = 'create', fields = 1): Change => ({
  resource,
  action,
  fields: Array(fields).fill({ field: 'state', from: 'one', to: 'two' }),
})

function operation(changes: Change[], more: Partial<Operation> = {}): Operation {
  return operationWith({ target, diff: { changes }, ...more })
}

const argvOf = ({ argv, isAside }: Step) => (isAside ? ['aside', ...argv] : argv)
const calls = (changes: Change[], more: Partial<Operation> = {}) => lower(operation(changes, more)).steps.map(argvOf)
const early = (changes: Change[]) => lower(operation(changes)).early.map(argvOf)
const names = (changes: Change[], more: Partial<Operation> = {}) =>
  lower(operation(changes, more)).steps.map(({ name }) => name)
const digest = loadedDigest([
  { path: config, sha256: sha256('a') },
  { path: dropIn, sha256: sha256('b') },
])
const remember = [
  'remember',
  ...target.resources.flatMap((one) => {
    const name = 'path' in one ? one.path : one.name
    return [one.kind, originKey(`${one.kind}:${name}`), name]
  }),
]

describe('a first deploy', () => {
  const everything = target.resources.map((one) => change(`${one.kind}:${'path' in one ? one.path : one.name}`))

  test('notes what was there, installs, checks, goes live, starts and records, in this order', () => {
    const staged = `/var/lib/homeostat/ops/op-1/root${config}`
    expect(calls(everything)).toEqual([
      remember,
      ['install_packages', 'web.service', '--', 'web=1.2-3'],
      ['make_user', 'web', '/srv/web', 'ssl-cert,adm'],
      ['make_directories', '/srv/web', 'web', 'web', '2750'],
      ['aside', 'validate', 'web', `--check=${staged}`],
      ['make_ready', config, 'root', 'web', '0640', dropIn, 'root', 'web', '0640'],
      ['flush'],
      ['join'],
      ['forget_loaded', 'web.service'],
      ['put_live'],
      ['set_enabled', 'web.service', 'yes', '--no-reload'],
      ['reload_manager', 'yes', 'web.service'],
      ['aside', 'draft_record', target.revision, ''],
      ['bring_up', 'web.service', 'restart', digest],
      ['aside', 'note_loaded'],
      ['settle'],
      ['join'],
    ])
    expect(early(everything)).toEqual([])
    expect(names(everything)).toContain('start web.service')
  })

  test('is told with each name once, where what it names is done', () => {
    expect(stepNames(lower(operation(everything)))).toEqual([
      'note what was there before',
      'install web=1.2-3',
      'make user web',
      'make directories',
      `validate file:${config}`,
      'forget what was loaded',
      'put files live',
      'enable web.service',
      'reload systemd',
      'start web.service',
      'note what was loaded',
      'record the generation',
    ])
  })

  test('sends the contents that change and the target itself', () => {
    const { uploads } = lower(operation(everything))
    expect(uploads.map(({ path }) => path)).toEqual([
      `root${config}`,
      `root${dropIn}`,
      'kept/target.json',
      'kept/manifest',
    ])
    const contentOf = (at: number) => (uploads[at] as { content: string }).content
    expect(JSON.parse(contentOf(2))).toEqual(target)
    expect(contentOf(3).split('\n')).toEqual([
      'generation 3',
      `revision ${target.revision}`,
      'cause spec',
      'package web 1.2-3',
      'user web ssl-cert,adm /srv/web',
      'directory 2750 web web /srv/web',
      `file ${sha256('a')} 0640 root web ${config}`,
      `file ${sha256('b')} 0640 root web ${dropIn}`,
      'unit web.service enabled running',
      '',
    ])
  })
})

describe('packages of another repository', () => {
  const source = '/etc/apt/sources.list.d/vendor.list'
  const vendor = buildTarget(
    { component: 'web', host: 'h', type: 'custom' },
    {
      resources: [
        { kind: 'package', name: 'agent', origin: 'apt.example.net' },
        { kind: 'package', name: 'web' },
        { kind: 'file', path: source, content: 's', ...access },
        { kind: 'file', path: config, content: 'a', ...access },
      ],
      probes: [],
    },
  )

  test('are installed after their source is known, and only from there', () => {
    const changes = ['package:agent', 'package:web', `file:${source}`, `file:${config}`].map((id) => change(id))
    expect(calls(changes, { target: vendor }).slice(1, 7)).toEqual([
      ['make_ready', source, 'root', 'web', '0640'],
      ['put_live'],
      ['expect_origins', 'agent', 'apt.example.net'],
      ['install_packages', '--', 'agent', 'web'],
      ['make_ready', config, 'root', 'web', '0640'],
      ['put_live'],
    ])
  })
})

describe('a change of one thing', () => {
  const checked = ['aside', 'validate', 'web', `--check=/var/lib/homeostat/ops/op-1/root${config}`]
  const reload = [change(`file:${config}`, 'update'), change('unit:web.service', 'reload')]
  const restart = [change(`file:${dropIn}`, 'update'), change('unit:web.service', 'restart')]

  test('reloads for the configuration, when it has been checked beside everything else', () => {
    expect(early(reload)).toEqual([checked])
    expect(calls(reload)).toEqual([
      remember,
      ['make_ready', config, 'root', 'web', '0640'],
      ['flush'],
      ['join'],
      ['forget_loaded', 'web.service'],
      ['put_live'],
      ['aside', 'draft_record', target.revision, ''],
      ['bring_up', 'web.service', 'reload', digest],
      ['aside', 'note_loaded'],
      ['settle'],
      ['join'],
    ])
  })

  test('restarts for a drop-in, after systemd has read it', () => {
    expect(early(restart)).toEqual([checked])
    expect(calls(restart).slice(-6)).toEqual([
      ['reload_manager', 'yes', 'web.service'],
      ['aside', 'draft_record', target.revision, ''],
      ['bring_up', 'web.service', 'restart', digest],
      ['aside', 'note_loaded'],
      ['settle'],
      ['join'],
    ])
  })

  test('is checked among the files that stay: they are sent, too', () => {
    expect(lower(operation(restart)).uploads.map(({ path }) => path)).toEqual([
      `root${config}`,
      `root${dropIn}`,
      'kept/target.json',
      'kept/manifest',
    ])
  })

  test('is checked when a package that may bring the checker has been installed', () => {
    const withPackage = [change('package:web'), ...reload]
    expect(early(withPackage)).toEqual([])
    expect(calls(withPackage).slice(1, 4)).toEqual([
      ['install_packages', 'web.service', '--', 'web=1.2-3'],
      checked,
      ['make_ready', config, 'root', 'web', '0640'],
    ])
  })

  test('starts a stopped unit without touching a file, and unmasks and enables it', () => {
    expect(calls([change('unit:web.service', 'update')]).slice(1, -3)).toEqual([
      ['reload_manager', 'no', 'web.service'],
      ['aside', 'draft_record', target.revision, ''],
      ['set_enabled', 'web.service', 'yes'],
      ['bring_up', 'web.service', 'start', digest],
    ])
  })

  test('puts enablement right beside a restart when both differ', () => {
    expect(calls([change('unit:web.service', 'restart', 2)])).toContainEqual(['set_enabled', 'web.service', 'yes'])
    expect(calls([change('unit:web.service', 'restart', 1)]).flat()).not.toContain('set_enabled')
  })

  test('of a unit that shall not run stops it', () => {
    const stopped = resources.map((one) => (one.kind === 'unit' ? { ...one, running: false, enabled: false } : one))
    const off = buildTarget({ component: 'web', host: 'h', type: 'custom' }, { resources: stopped, probes: [] })
    expect(calls([change('unit:web.service', 'update')], { target: off }).slice(1, -2)).toEqual([
      ['reload_manager', 'no', 'web.service'],
      ['aside', 'draft_record', off.revision, ''],
      ['set_enabled', 'web.service', 'no'],
      ['stop_unit', 'web.service'],
    ])
  })

  test('of its mode alone is put live, and no process hears of it', () => {
    const access = { ...change(`file:${config}`, 'update'), fields: [{ field: 'mode', from: '0600', to: '0640' }] }
    const steps = calls([access])
    expect(steps).toContainEqual(['make_ready', config, 'root', 'web', '0640'])
    expect(steps).toContainEqual(['put_live'])
    expect(steps.map(([command]) => command)).not.toContain('forget_loaded')
    expect(steps.map(([command]) => command)).not.toContain('bring_up')
    const read = calls([access, change('unit:web.service', 'reload')])
    expect(read.map(([command]) => command)).toEqual(expect.arrayContaining(['forget_loaded', 'bring_up']))
  })

  test('does not start a process that the difference leaves alone', () => {
    expect(calls([change(`file:${dropIn}`, 'update')]).flat()).not.toContain('bring_up')
  })

  test('of nothing only records', () => {
    expect(calls([])).toEqual([remember, ['aside', 'draft_record', target.revision, ''], ['join'], ['settle']])
  })
})

describe('a removal', () => {
  const gone = [
    'unit:web.service',
    `file:${dropIn}`,
    'user:web',
    'directory:/srv/web',
    'directory:/srv/web/sub',
    'package:web',
  ]
  const changes = gone.map((id) => change(id, 'remove'))
  const key = (id: string) => originKey(id)

  test('stops first, takes back files, directories from below and packages, and leaves users', () => {
    expect(calls(changes, { kind: 'remove', target: undefined })).toEqual([
      ['stop_removed', key('unit:web.service'), 'web.service'],
      ['restore_files', key(`file:${dropIn}`), dropIn],
      ['restore_directories', key('directory:/srv/web/sub'), '/srv/web/sub', key('directory:/srv/web'), '/srv/web'],
      ['restore_packages', key('package:web'), 'web'],
      ['reload_manager', 'yes'],
      ['restore_unit', key('unit:web.service'), 'web.service'],
      ['forget_component'],
    ])
  })

  test('with a way back leaves a record of nothing, until that is not needed any more', () => {
    const fallback = operation([], { id: 'op-1-revert', kind: 'rollback' })
    const steps = calls(changes, { kind: 'remove', target: undefined, fallback })
    expect(steps.slice(-2)).toEqual([['join'], ['settle', ...gone.map(key)]])
    expect(steps.flat()).not.toContain('forget_component')
  })

  test('as a rollback to nothing keeps the record, with what was rejected', () => {
    const reject = 'f'.repeat(64)
    const steps = calls(changes, { kind: 'rollback', target: undefined, reject })
    expect(steps).toContainEqual(['aside', 'draft_record', '', reject, ...gone])
    expect(steps.slice(-2)).toEqual([['join'], ['settle', ...gone.map(key)]])
  })
})

describe('an operation that is malformed', () => {
  const withResource = (resource: Partial<Resource>) =>
    operation([], { target: { ...target, resources: [resource as Resource] } })
  const aFile = { kind: 'file', path: '/etc/x', content: '', owner: 'root', group: 'root', mode: 0o644 } as const

  test('is none when it is as it should be', () => {
    expect(operationProblems(operation([change('file:/etc/x', 'remove')]))).toEqual([])
  })

  test.each<[string, Operation, RegExp]>([
    ['an id with a slash', operation([], { id: '../x' }), /operation id/],
    ['a component with a slash', operation([], { component: 'a/b' }), /component name/],
    ['no token', operation([], { fence: 0 }), /token 0/],
    ['a fraction of a generation', operation([], { generation: 1.5 }), /generation 1.5/],
    ['no time', operation([], { timeoutMs: 0 }), /timeout/],
    ['a removal with a target', operation([], { kind: 'remove' }), /has a target/],
    ['a rejected revision that is none', operation([], { reject: 'x; reboot' }), /rejected revision/],
    ['the target of another component', operation([], { component: 'other' }), /another component/],
    ['a relative path', withResource({ ...aFile, path: 'etc/x' }), /absolute path/],
    ['a path with ..', withResource({ ...aFile, path: '/etc/../x' }), /absolute path/],
    ['a path with a line break', withResource({ ...aFile, path: '/etc/x\n/etc/passwd' }), /absolute path/],
    ['a path among our records', withResource({ ...aFile, path: '/var/lib/homeostat/fence' }), /among the records/],
    ['a mode beyond the bits', withResource({ ...aFile, mode: 0o10000 }), /mode/],
    ['an owner that is an option', withResource({ ...aFile, owner: '--reference=/x' }), /owner or group/],
    ['a package that is an option', withResource({ kind: 'package', name: '-o' }), /package name/],
    ['a package with a pattern', withResource({ kind: 'package', name: 'linux-*' }), /package name/],
    ['a version with a blank', withResource({ kind: 'package', name: 'web', version: '1 2' }), /version/],
    ['a user with a colon', withResource({ kind: 'user', name: 'a:b', home: '/x', groups: [] }), /user name/],
    ['a template unit', withResource({ kind: 'unit', name: 'a@.service' }), /unit that can be started/],
    ['a unit that is an option', withResource({ kind: 'unit', name: '--force.service' }), /unit that can be started/],
    ['a removal of no kind', operation([change('disk:/dev/sda', 'remove')]), /nothing that can be removed/],
    ['a removal of a path with ..', operation([change('file:/etc/../x', 'remove')]), /nothing that can be removed/],
    ['a removal of our own records', operation([change('directory:/var/lib/homeostat', 'remove')]), /can be removed/],
  ])('by %s', (_, malformed, message) => {
    expect(operationProblems(malformed).join('\n')).toMatch(message)
  })
})

test('of several checkers one begins before the token is taken: what it says is only heard when the next one begins', () => {
  const more = { kind: 'file', path: '/etc/homeostat/web/more.conf', content: 'c', ...access } as const
  const checked = [...resources, { ...more, validate: ['more', '{staged}'] }]
  const two = buildTarget({ component: 'web', host: 'h', type: 'custom' }, { resources: checked, probes: [] })
  const { early, steps } = lower(operation([change(`file:${config}`, 'update')], { target: two }))
  expect(early.map(({ name }) => name)).toEqual([`validate file:${more.path}`])
  expect(steps.map(({ name }) => name)).toContain(`validate file:${config}`)
})

test('a way back is on disk with all that it needs when the token is taken', () => {
  const fallback = operation([change(`file:${config}`, 'update')], { id: 'op-1-revert' })
  const armed = { ...operation([change(`file:${config}`, 'update')]), fallback }
  const { accept, uploads } = withFallback(lower(armed), armed, target, 'loop\n')
  const [call, , loop, ...needed] = accept.argv
  expect([call, loop]).toEqual(['arm', 'loop'])
  const lying = uploads.map(({ path }) => path).filter((path) => path.startsWith('../op-1-revert/'))
  expect(needed).toEqual(
    ['op-1/run', ...lying.map((path) => path.slice('../'.length))].map((path) => `/var/lib/homeostat/ops/${path}`),
  )
  expect(lying).toContain(`../op-1-revert/root${config}`)
})
