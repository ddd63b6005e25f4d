// Target against observation: every way in which a host can differ, and the field that says so.
import { describe, expect, it } from 'vitest'
import type { FileFact, HostObservation } from '../../../src/model/observation.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { diffTarget, withoutFailedUnits, withRestarts } from '../../../src/plan/diff.ts'
import { explainDiff } from '../../../src/plan/explain.ts'
import { fileWith, observationOf, runningUnit } from '../../support/observations.ts'
import { CONFIG, file, targetOf, unit } from './given.ts'

type Case = [what: string, wanted: Resource, seen: Partial<HostObservation>, said: string]

const directory: Resource = { kind: 'directory', path: '/srv/x', owner: 'x', group: 'x', mode: 0o750 }
const access = { owner: 'root', group: 'root', mode: 0o644 }
const fromVendor: Resource = { kind: 'package', name: 'x', origin: 'apt.example.net' }
const user: Resource = { kind: 'user', name: 'x', home: '/srv/x', groups: ['adm', 'ssl'] }
const alone = unit({ restartOn: [], reloadOn: [] })
const at = (differs: Parameters<typeof runningUnit>[0]) => ({ units: { 'x.service': runningUnit(differs) } })
const config = (fact: HostObservation['files'][string]) => ({ files: { [CONFIG]: fact } })

const cases: Case[] = [
  ['a package that is missing', { kind: 'package', name: 'x' }, {}, 'create package:x: state absent → installed'],
  [
    'a package that was removed',
    { kind: 'package', name: 'x' },
    { packages: { x: { installed: false, version: '' } } },
    'create package:x: state absent → installed',
  ],
  [
    'a package half installed',
    { kind: 'package', name: 'x' },
    { packages: { x: { installed: true, version: '1', broken: 'half-configured' } } },
    'update package:x: state half-configured → installed',
  ],
  [
    'a package of another version',
    { kind: 'package', name: 'x', version: '2' },
    { packages: { x: { installed: true, version: '1' } } },
    'update package:x: version 1 → 2',
  ],
  ['a user that is missing', user, {}, 'create user:x: state absent → present'],
  [
    'a user with another home and without a group',
    user,
    { users: { x: { exists: true, home: '/', groups: ['x', 'adm', 'other'] } } },
    'update user:x: home / → /srv/x, groups x,adm,other → with ssl',
  ],
  [
    'a user whose package gave it no group of its own',
    user,
    { users: { x: { exists: true, home: '/srv/x', groups: ['nogroup', 'adm', 'ssl'] } } },
    'update user:x: groups nogroup,adm,ssl → with x',
  ],
  [
    'a namesake of the package from elsewhere',
    fromVendor,
    { packages: { x: { installed: true, version: '2', origins: ['deb.debian.org'] } } },
    'update package:x: origin deb.debian.org → apt.example.net',
  ],
  [
    'a package that no repository offers',
    fromVendor,
    { packages: { x: { installed: true, version: '2', origins: [] } } },
    'update package:x: origin unknown → apt.example.net',
  ],
  [
    'a directory that is missing',
    directory,
    { files: { '/srv/x': { state: 'absent' } } },
    'create directory:/srv/x: state absent → directory',
  ],
  [
    'a file where a directory should be',
    directory,
    { files: { '/srv/x': fileWith('') } },
    'create directory:/srv/x: state file → directory',
  ],
  [
    'a directory of another owner and mode',
    directory,
    { files: { '/srv/x': { state: 'directory', owner: 'root', group: 'x', mode: 0o755 } } },
    'update directory:/srv/x: owner root → x, mode 0755 → 0750',
  ],
  [
    'a file that was deleted',
    file(CONFIG, 'a'),
    config({ state: 'absent' }),
    `create file:${CONFIG}: state absent → file`,
  ],
  ['a file that was not looked at', file(CONFIG, 'a'), {}, `create file:${CONFIG}: state unknown → file`],
  [
    'a link where a file should be',
    file(CONFIG, 'a'),
    config({ state: 'other', what: 'symbolic link' }),
    `create file:${CONFIG}: state symbolic link → file`,
  ],
  [
    'a directory where a file should be',
    file(CONFIG, 'a'),
    config({ state: 'directory', ...access }),
    `create file:${CONFIG}: state directory → file`,
  ],
  [
    'a file that was edited',
    file(CONFIG, 'a'),
    config(fileWith('b')),
    `update file:${CONFIG}: content sha256:3e23e8160039 → sha256:ca978112ca1b`,
  ],
  [
    'a file that was chmod-ed and chown-ed',
    file(CONFIG, 'a'),
    config(fileWith('a', { mode: 0o4777, owner: 'bob', group: 'staff' })),
    `update file:${CONFIG}: owner bob → root, group staff → root, mode 4777 → 0644`,
  ],
  ['a unit that is not there', alone, {}, 'create unit:x.service: state absent → running'],
  ['a unit whose file is gone', alone, at({ load: 'not-found' }), 'create unit:x.service: state absent → running'],
  ['a unit that was stopped', alone, at({ active: 'inactive' }), 'update unit:x.service: active inactive → active'],
  ['a unit that failed', alone, at({ active: 'failed' }), 'update unit:x.service: active failed → active'],
  [
    'a unit that was masked',
    alone,
    at({ load: 'masked', active: 'inactive', enabled: 'masked' }),
    'update unit:x.service: mask masked → unmasked, enabled masked → enabled, active inactive → active',
  ],
  ['a unit that was disabled', alone, at({ enabled: 'disabled' }), 'update unit:x.service: enabled disabled → enabled'],
  [
    'a unit file that systemd has not read again',
    alone,
    at({ needsDaemonReload: true }),
    'update unit:x.service: definition changed on disk → read by systemd',
  ],
  [
    'a unit that should be neither enabled nor running',
    unit({ enabled: false, running: false }),
    at({}),
    'update unit:x.service: enabled enabled → disabled, active active → inactive',
  ],
]

describe('drift', () => {
  it.each(cases)('%s', (_, wanted, seen, said) => {
    expect(explainDiff(diffTarget(targetOf(wanted), observationOf(seen), []))).toBe(said)
  })

  it.each(['static', 'indirect', 'generated', 'alias', 'transient', 'enabled-runtime'])(
    'is not that a unit counts as enabled by being %s (man systemctl, is-enabled)',
    (enabled) => {
      expect(diffTarget(targetOf(alone), observationOf(at({ enabled })), []).changes).toEqual([])
    },
  )

  it.each(['activating', 'reloading', 'refreshing'])('is not that a unit is %s', (active) => {
    expect(diffTarget(targetOf(alone), observationOf(at({ active })), []).changes).toEqual([])
  })

  it('is not that a package has some version where none was asked for, or a user more groups', () => {
    const seen = observationOf({
      packages: { x: { installed: true, version: '9' } },
      users: { x: { exists: true, home: '/srv/x', groups: ['x', 'ssl', 'adm', 'more'] } },
    })
    expect(diffTarget(targetOf({ kind: 'package', name: 'x' }, user), seen, []).changes).toEqual([])
  })

  it('is not that a package can be had elsewhere too, or that nobody asked where it is from', () => {
    const at = (origins?: string[]) =>
      observationOf({ packages: { x: { installed: true, version: '2', ...(origins && { origins }) } } })
    expect(diffTarget(targetOf(fromVendor), at(['apt.example.net', 'file']), []).changes).toEqual([])
    expect(diffTarget(targetOf(fromVendor), at(), []).changes).toEqual([])
  })

  it('is not that the repository of what is only kept is gone, but a namesake beside what it offers', () => {
    const at = (offeredBy: string[]) =>
      observationOf({ packages: { x: { installed: true, version: '2', origins: [], offeredBy } } })
    // Also where the host has an older generation of it to go back to.
    const around = { isKept: true, kept: { generation: 1, files: {} } }
    const kept = (offeredBy: string[]) => diffTarget(targetOf(fromVendor), at(offeredBy), [], around).changes
    expect(kept([])).toEqual([])
    expect(kept(['apt.example.net'])).toHaveLength(1)
  })
})

describe('what is to go', () => {
  it('is what is owned and no longer asked for, before anything else is done', () => {
    const { changes } = diffTarget(targetOf(file(CONFIG, 'a')), observationOf(), ['file:/etc/old', `file:${CONFIG}`])
    expect(changes.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'remove file:/etc/old',
      `create file:${CONFIG}`,
    ])
  })

  it('is everything that is owned, and nothing else, without a target', () => {
    const seen = observationOf({ files: { '/etc/a': fileWith(''), '/etc/foreign': fileWith('') } })
    expect(diffTarget(undefined, seen, ['file:/etc/a']).changes.map(({ resource }) => resource)).toEqual([
      'file:/etc/a',
    ])
  })
})

describe('a component that is broken while nothing differs', () => {
  it('gets a restart of every unit that should run and is not touched anyway', () => {
    const timer = unit({ name: 'x.timer', running: false, restartOn: [], reloadOn: [] })
    const target = targetOf(alone, timer)
    const said = explainDiff(withRestarts({ changes: [] }, target))
    expect(said).toBe('restart unit:x.service: health failing → restarted')
    const stopped = diffTarget(targetOf(alone), observationOf(at({ active: 'inactive' })), [])
    expect(withRestarts(stopped, target)).toEqual(stopped)
  })
})

describe('a unit that failed by itself', () => {
  it('is left out for verification, unless something else about it differs', () => {
    const failed = diffTarget(targetOf(alone), observationOf(at({ active: 'failed' })), [])
    expect(withoutFailedUnits(failed).changes).toEqual([])
    const disabledToo = diffTarget(targetOf(alone), observationOf(at({ active: 'failed', enabled: 'disabled' })), [])
    expect(withoutFailedUnits(disabledToo)).toEqual(disabledToo)
    const stopped = diffTarget(targetOf(alone), observationOf(at({ active: 'inactive' })), [])
    expect(withoutFailedUnits(stopped)).toEqual(stopped)
  })
})

describe('the content of a file', () => {
  const token = `\${secret:x/y@0123456789abcdef}`
  const secret = (mode = 0o600) => targetOf({ ...file(CONFIG, `password=${token}`), mode } as Resource)
  const seen = (content: string, mode = 0o600) => observationOf(config({ ...fileWith(content), mode } as FileFact))
  const reveal = (text: string) => ({ text: text.replace(token, 'open sesame') })

  it('is compared with its secrets in it, and told without anything to try guesses on', () => {
    expect(diffTarget(secret(), seen('password=open sesame'), [], { reveal }).changes).toEqual([])
    const differs = diffTarget(secret(), seen('password=other'), [], { reveal })
    expect(explainDiff(differs)).toBe(`update file:${CONFIG}: content something else → what is written`)
    expect(JSON.stringify(differs)).not.toMatch(/[0-9a-f]{12}/)
  })

  it.each([
    ['is not for everybody', 0o640, 0o640],
    ['was not for everybody', 0o644, 0o600],
    ['is to be for few', 0o600, 0o644],
  ])('that %s is not told by its digest', (_, wanted, found) => {
    const target = targetOf({ ...file(CONFIG, 'a'), mode: wanted } as Resource)
    expect(JSON.stringify(diffTarget(target, seen('b', found), []))).not.toContain('sha256:')
  })

  it('that nobody can know counts as right; its access does not', () => {
    expect(diffTarget(secret(), seen('password=other'), []).changes).toEqual([])
    const lacking = () => ({ problem: 'there is no secret x/y' })
    expect(explainDiff(diffTarget(secret(), seen('?', 0o644), [], { reveal: lacking }))).toMatch(/: mode 0644 → 0600$/)
    expect(explainDiff(diffTarget(secret(), observationOf(config({ state: 'absent' })), []))).toMatch(
      /state absent → file$/,
    )
  })
})
