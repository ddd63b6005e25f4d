// Whether a running process runs what is on disk: to the byte where we started it, by time where somebody else did.
import { describe, expect, it } from 'vitest'
import { effectKey, type UnitFact } from '../../../src/model/observation.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { diffTarget } from '../../../src/plan/diff.ts'
import { loadedDigest } from '../../../src/plan/loaded-digest.ts'
import { fileWith, observationOf, runningUnit } from '../../support/observations.ts'
import { CONFIG, FLAGS, file, targetOf, unit } from './given.ts'

const STARTED_AT_MS = 200

/** What our record says when we started the unit with these contents. */
function weLoaded(config: string, flags: string, differs: Partial<NonNullable<UnitFact['loaded']>> = {}) {
  const digest = loadedDigest([
    { path: CONFIG, sha256: sha256(config) },
    { path: FLAGS, sha256: sha256(flags) },
  ])
  return { invocationId: 'run-1', stateChangedAtMs: STARTED_AT_MS, digest, ...differs }
}

/** Files as they should be, changed at these times by the host's clock, and the unit that reads them. */
function refresh(fact: Partial<UnitFact>, changedAt: { config?: number; flags?: number } = {}, wanted = unit()) {
  const seen = observationOf({
    files: {
      [CONFIG]: fileWith('config', { changedAtMs: changedAt.config ?? 100 }),
      [FLAGS]: fileWith('flags', { changedAtMs: changedAt.flags ?? 100 }),
    },
    units: { 'x.service': runningUnit(fact) },
  })
  const target = targetOf(file(CONFIG, 'config'), file(FLAGS, 'flags'), wanted)
  return diffTarget(target, seen, []).changes.map(({ action }) => action)
}

describe('a process that we started', () => {
  it('is current while the files are what it loaded, whenever they were written', () => {
    expect(refresh({ loaded: weLoaded('config', 'flags') }, { config: 999, flags: 999 })).toEqual([])
  })

  it('is older than files whose bytes are others, although their times say nothing', () => {
    expect(refresh({ loaded: weLoaded('old config', 'flags') })).toEqual(['reload'])
  })

  it('is restarted where it may be the flags, which only a restart reads', () => {
    expect(refresh({ loaded: weLoaded('config', 'old flags') }, { flags: 300 })).toEqual(['restart'])
  })

  it('is restarted where nothing can be reloaded', () => {
    const wanted = unit({ restartOn: [`file:${CONFIG}`, `file:${FLAGS}`], reloadOn: [] })
    expect(refresh({ loaded: weLoaded('old config', 'flags') }, {}, wanted)).toEqual(['restart'])
  })
})

describe('a process that has read what is no longer wanted', () => {
  it.each([
    [{ restartOn: [`file:${CONFIG}`], reloadOn: [] }, 'restart'],
    [{ restartOn: [], reloadOn: [`file:${CONFIG}`] }, 'reload'],
  ])('%j: takes in at once that it goes', (watching, action) => {
    const seen = observationOf({
      files: { [CONFIG]: fileWith('config', { changedAtMs: 100 }) },
      units: { 'x.service': runningUnit({}) },
    })
    const { changes } = diffTarget(targetOf(unit(watching)), seen, [`file:${CONFIG}`])
    expect(changes.map(({ resource, action }) => [resource, action])).toEqual([
      [`file:${CONFIG}`, 'remove'],
      ['unit:x.service', action],
    ])
  })
})

describe('a process that somebody else started or reloaded', () => {
  it.each([
    ['restarted', { loaded: weLoaded('old', 'flags', { invocationId: 'run-0' }) }],
    ['reloaded', { loaded: weLoaded('old', 'flags', { stateChangedAtMs: STARTED_AT_MS - 50 }) }],
    ['started before we came', {}],
  ])('%s: is current when no file changed after that', (_, fact) => {
    expect(refresh(fact)).toEqual([])
    expect(refresh(fact, { config: STARTED_AT_MS + 1 })).toEqual(['reload'])
    expect(refresh(fact, { flags: STARTED_AT_MS + 1 })).toEqual(['restart'])
  })

  it('is taken for older in doubt: the times of files lag by up to one tick of the kernel', () => {
    expect(refresh({}, { config: STARTED_AT_MS - 10 })).toEqual([])
    expect(refresh({}, { config: STARTED_AT_MS - 9 })).toEqual(['reload'])
  })
})

describe('a process whose files are about to change', () => {
  const files = { [CONFIG]: fileWith('config'), [FLAGS]: fileWith('flags') }
  const seen = observationOf({ files, units: { 'x.service': runningUnit({ loaded: weLoaded('config', 'flags') }) } })
  const actions = (config: string, flags: string, wanted = unit()) =>
    diffTarget(targetOf(file(CONFIG, config), file(FLAGS, flags), wanted), seen, [])
      .changes.filter(({ resource }) => resource.startsWith('unit:'))
      .map(({ action }) => action)

  it('is reloaded for its configuration and restarted for its flags, once, and restarted for both', () => {
    expect(actions('new', 'flags')).toEqual(['reload'])
    expect(actions('config', 'new')).toEqual(['restart'])
    expect(actions('new', 'new')).toEqual(['restart'])
    expect(actions('config', 'flags')).toEqual([])
  })

  it('is left alone when it is not to run', () => {
    expect(actions('new', 'new', unit({ running: false, enabled: true }))).toEqual(['update'])
  })

  it('is started, not refreshed, when it does not run', () => {
    const stopped = { ...seen, units: { 'x.service': runningUnit({ active: 'inactive' }) } }
    const { changes } = diffTarget(targetOf(file(CONFIG, 'new'), file(FLAGS, 'flags'), unit()), stopped, [])
    expect(changes.map(({ action }) => action)).toEqual(['update', 'update'])
  })

  it('says everything about the unit in one change', () => {
    const disabled = { ...seen, units: { 'x.service': runningUnit({ enabled: 'disabled' }) } }
    const { changes } = diffTarget(targetOf(file(CONFIG, 'new'), file(FLAGS, 'flags'), unit()), disabled, [])
    const ofUnit = changes.filter(({ resource }) => resource === 'unit:x.service')
    expect(ofUnit.map(({ action, fields }) => [action, fields.map(({ field }) => field)])).toEqual([
      ['reload', ['enabled', 'running configuration']],
    ])
  })
})

describe('a file that lost only its owner or mode', () => {
  const without = (access: Parameters<typeof fileWith>[1]) => ({
    [CONFIG]: fileWith('config', { ...access, changedAtMs: 300 }),
    [FLAGS]: fileWith('flags'),
  })
  const lost = without({ mode: 0o600 })
  const refreshed = (fact: Partial<UnitFact>, isKept: boolean, files = lost) => {
    const seen = observationOf({ files, units: { 'x.service': runningUnit(fact) } })
    const target = targetOf(file(CONFIG, 'config'), file(FLAGS, 'flags'), unit())
    return diffTarget(target, seen, [], { isKept }).changes.map(({ resource, action }) => `${action} ${resource}`)
  }

  it('gets it back, and the process that we started from it goes on', () => {
    for (const access of [{ mode: 0o600 }, { owner: 'nobody' }, { group: 'nogroup' }])
      expect(refreshed({ loaded: weLoaded('config', 'flags') }, true, without(access))).toEqual([
        `update file:${CONFIG}`,
      ])
  })

  it('is read again by a process that somebody else started, who may not have been able to read it', () => {
    const other = [`update file:${CONFIG}`, 'reload unit:x.service']
    expect(refreshed({ stateChangedAtMs: 400 }, true)).toEqual(other)
    expect(refreshed({ loaded: weLoaded('config', 'flags', { invocationId: 'run-0' }) }, true)).toEqual(other)
  })

  it('is read again where the target asks for another owner or mode than before', () => {
    expect(refreshed({ loaded: weLoaded('config', 'flags') }, false)).toEqual([
      `update file:${CONFIG}`,
      'reload unit:x.service',
    ])
  })

  it('does not hide that another one changed', () => {
    const seen = observationOf({
      files: { ...lost, [FLAGS]: fileWith('by hand') },
      units: { 'x.service': runningUnit({ loaded: weLoaded('config', 'flags') }) },
    })
    const target = targetOf(file(CONFIG, 'config'), file(FLAGS, 'flags'), unit())
    const { changes } = diffTarget(target, seen, [], { isKept: true })
    expect(changes.map(({ action }) => action)).toEqual(['update', 'update', 'restart'])
  })
})

describe('what a unit did and that holds no more', () => {
  const effect = ['/bin/look', 'at it']
  const seen = (said?: string, fact: Partial<UnitFact> = { loaded: weLoaded('config', 'flags') }) => ({
    ...observationOf({
      files: { [CONFIG]: fileWith('config'), [FLAGS]: fileWith('flags') },
      units: { 'x.service': runningUnit(fact) },
    }),
    lost: said === undefined ? {} : { [effectKey(effect)]: said },
  })
  const changes = (wanted: ReturnType<typeof unit>, from: ReturnType<typeof seen>) =>
    diffTarget(targetOf(file(CONFIG, 'config'), file(FLAGS, 'flags'), wanted), from, []).changes

  it('is done again by a reload, in the words of who looked', () => {
    expect(changes(unit({ effect }), seen('there is no table'))).toEqual([
      {
        resource: 'unit:x.service',
        action: 'reload',
        fields: [{ field: 'effect', from: 'there is no table', to: 'in force' }],
      },
    ])
  })

  it('is done again by a restart where there is nothing to reload', () => {
    const wanted = unit({ effect, restartOn: [`file:${CONFIG}`, `file:${FLAGS}`], reloadOn: [] })
    expect(changes(wanted, seen('gone'))).toMatchObject([{ action: 'restart' }])
  })

  it('holds where nobody says that it does not, and where another command was asked', () => {
    expect(changes(unit({ effect }), seen())).toEqual([])
    expect(changes(unit({ effect: ['/bin/look'] }), seen('gone'))).toEqual([])
    expect(changes(unit(), seen('gone'))).toEqual([])
  })

  it('is not looked at while the unit itself is to be started', () => {
    const [change] = changes(unit({ effect }), seen('gone', { active: 'inactive' }))
    expect(change?.fields.map(({ field }) => field)).toEqual(['active'])
  })
})
