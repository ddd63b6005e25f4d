// What going back takes from the host, when that is not enough, and what is decided then.
import { describe, expect, it } from 'vitest'
import type { KeptGeneration } from '../../../src/model/observation.ts'
import { type Reveal, refersToSecret } from '../../../src/model/secret-reference.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { diffTarget } from '../../../src/plan/diff.ts'
import { damageOf, restoreOf, withoutKept } from '../../../src/plan/restore.ts'
import { fileWith, observationOf } from '../../support/observations.ts'
import { CONFIG, file, targetOf, unit } from './given.ts'
import { decided, edited, NOW_MS, revision, said, target } from './situations.ts'

const SECRET = '/etc/secret'
const token = `password=\${secret:a/b@0123456789abcdef}\n`
const before = targetOf(file(CONFIG, 'a'), file(SECRET, token, { mode: 0o600 }), unit())
const gone: Reveal = (text) => (refersToSecret(text) ? { problem: 'it was changed', isGone: true } : { text })
const kept = (more: Partial<KeptGeneration> = {}): KeptGeneration => ({
  generation: 4,
  revision: before.revision,
  files: { [CONFIG]: sha256('a'), [SECRET]: sha256('old value') },
  damaged: [],
  ...more,
})

describe('what a host keeps', () => {
  it('is taken from there, where it is what is meant', () => {
    expect(restoreOf(before, kept())).toEqual({ generation: 4, files: kept().files })
    const other = kept({ files: { [CONFIG]: sha256('b'), [SECRET]: sha256('old value') } })
    expect(restoreOf(before, other)?.files).toEqual({ [SECRET]: sha256('old value') })
    expect(restoreOf(before, kept({ revision: 'another' }))).toBeUndefined()
    expect(restoreOf(before, null)).toBeUndefined()
  })

  it('need not be known here: not to be sent, and not to be compared', () => {
    const restore = { generation: 4, files: kept().files }
    expect(JSON.stringify(withoutKept({ target: before, restore }))).not.toContain('secret:a/b')
    expect(withoutKept({ target: before })).toBe(before)
    const seen = observationOf({ files: { [SECRET]: fileWith('old value'), [CONFIG]: fileWith('a') } })
    const changes = (options: object) => diffTarget(before, seen, [], { reveal: gone, ...options }).changes
    const ofSecret = (options: object) => changes(options).filter(({ resource }) => resource === `file:${SECRET}`)
    expect(ofSecret({ kept: restore }).flatMap(({ fields }) => fields.map(({ field }) => field))).not.toContain(
      'content',
    )
    const another = { ...restore, files: { [SECRET]: sha256('older value') } }
    expect(ofSecret({ kept: another }).flatMap(({ fields }) => fields.map(({ field }) => field))).toContain('content')
  })

  it('is enough, unless a secret of it was changed and its copy is damaged', () => {
    expect(damageOf(before, kept(), gone)).toBeUndefined()
    expect(
      damageOf(before, kept({ files: { [SECRET]: sha256('old value') }, damaged: [CONFIG] }), gone),
    ).toBeUndefined()
    expect(damageOf(before, kept({ files: {}, damaged: [SECRET, CONFIG] }), gone)).toBe(
      `file:${SECRET} cannot be brought back as it was: its copy in generation 4 on the host is gone or damaged, and it was changed`,
    )
    expect(damageOf(before, null, gone)).toMatch(/the host keeps no copy of it/)
    expect(damageOf(before, kept({ files: {} }), gone)).toMatch(/: generation 4 on the host keeps no copy of it, and/)
    const other = kept({ files: {}, damaged: [CONFIG] })
    expect(damageOf(before, other, gone)).toMatch(/keeps no copy of it/)
    expect(damageOf(before, null, (text) => ({ text }))).toBeUndefined()
  })
})

describe('while a revision is taken back', () => {
  const rollingBack = { failed: 'rollingBack' }

  it('the host is asked what it keeps before anything is changed', () => {
    expect(decided(rollingBack, { diff: edited, kept: undefined })).toEqual({ kind: 'inspect', target })
    expect(said(decided(rollingBack, { diff: edited }))).toBe('rollBack')
    expect(said(decided(rollingBack, { diff: edited, kept: undefined, active: undefined }))).toBe('rollBack')
  })

  it.each([
    [{ damage: 'it is damaged' }, 'GenerationDamaged', 'it is damaged'],
    [{ irreversible: new Map([[`file:${CONFIG}`, 'why']]) }, 'Irreversible', /^file:.* cannot be taken back: why/],
  ])('%j ends it', (given, reason, message) => {
    expect(decided(rollingBack, { diff: edited, ...given })).toMatchObject({
      kind: 'tell',
      fact: { type: 'ROLLBACK_FAILED', reason, message: expect.stringMatching(message), nowMs: NOW_MS },
    })
  })

  it('often enough ends it, and says what still differs', () => {
    expect(decided(rollingBack, { diff: edited, context: { lastGood: revision, rollbacks: 3 } })).toMatchObject({
      fact: { message: `put back 3 times and it still differs: update file:${CONFIG}: mode 0600 → 0644` },
    })
  })

  it.each(['create', 'remove'] as const)('what was declared irreversible is in the way where it is to %s', (action) => {
    const diff = { changes: [{ resource: `file:${CONFIG}`, action, fields: [] }] }
    const irreversible = new Map([[`file:${CONFIG}`, 'why']])
    expect(decided(rollingBack, { diff, irreversible })).toMatchObject({ fact: { reason: 'Irreversible' } })
  })

  it('what was declared irreversible and is as it was is not in the way', () => {
    const irreversible = new Map([['file:/etc/other', 'why']])
    expect(said(decided(rollingBack, { diff: edited, irreversible }))).toBe('rollBack')
    const restart = { changes: [{ resource: `file:${CONFIG}`, action: 'restart' as const, fields: [] }] }
    expect(said(decided(rollingBack, { diff: restart, irreversible: new Map([[`file:${CONFIG}`, 'why']]) }))).toBe(
      'rollBack',
    )
  })

  it('a target with secrets that is held needs to know what the host keeps', () => {
    const held = { rolledBack: 'holding' }
    expect(said(decided(held, { active: before, kept: undefined, context: { lastGood: revision } }))).toBe('inspect')
    expect(said(decided(held, { kept: undefined, context: { lastGood: revision } }))).toBe('settle')
  })
})
