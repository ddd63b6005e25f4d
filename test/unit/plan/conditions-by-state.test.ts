// Conditions word by word: what people and alerts read, state by state.
import { describe, expect, it } from 'vitest'
import { initialLifecycle, type Lifecycle } from '../../../machines/advance.ts'
import type { Condition, ConditionType } from '../../../src/model/status.ts'
import { conditionsOf, type Notices, type Observed } from '../../../src/plan/conditions.ts'

type Context = Partial<Lifecycle['context']>

function lifecycleIn(value: Record<string, string>, context: Context = {}): Lifecycle {
  const fresh = initialLifecycle()
  return { ...fresh, value, context: { ...fresh.context, desired: 'r1', ...context } }
}

const conditionsIn = (value: Record<string, string>, context: Context = {}, more: Partial<Observed> = {}) =>
  conditionsOf([], { key: 'x@a', lifecycle: lifecycleIn(value, context), nowMs: 5, ...more })

const lineOf = ({ type, status, reason, message }: Condition) => `${type} ${status} ${reason}: ${message}`.trim()
const told = (type: ConditionType, conditions: Condition[]) =>
  conditions.filter((it) => it.type === type).map(lineOf)[0]

/** Those that are not as they are in a component that is well. */
const unusual = (...given: Parameters<typeof conditionsIn>) => {
  const well = new Set(conditionsIn({ healthy: 'inSync' }).map(lineOf))
  return conditionsIn(...given)
    .map(lineOf)
    .filter((line) => !well.has(line))
}

describe('conditions', () => {
  it('of a component that is well', () => {
    expect(conditionsIn({ healthy: 'inSync' }).map(lineOf)).toEqual([
      'Ready True Healthy:',
      'Reconciling False NotReconciling:',
      'Stalled False NotStalled:',
      'Drifted False NotDrifted:',
      'Blocked False NotBlocked:',
      'Reachable True Answered:',
      'RolledBack False NotRolledBack:',
    ])
  })

  const why = { reason: 'Why', message: 'of this' }
  it.each<[Record<string, string>, Context, string[]]>([
    [
      { deploying: 'blocked' },
      why,
      [
        'Ready False DeployingBlocked: of this',
        'Reconciling True DeployingBlocked: of this',
        'Blocked True Why: of this',
      ],
    ],
    [
      { deploying: 'blocked' },
      {},
      ['Ready False DeployingBlocked: waits for its turn', 'Reconciling True DeployingBlocked:'],
    ],
    [
      { deploying: 'applying' },
      why,
      ['Ready False DeployingApplying: of this', 'Reconciling True DeployingApplying: of this'],
    ],
    [
      { verifying: 'probing' },
      {},
      ['Ready False VerifyingProbing: its probes are asked', 'Reconciling True VerifyingProbing:'],
    ],
    [
      { verifying: 'soaking' },
      why,
      ['Ready False VerifyingSoaking: of this', 'Reconciling True VerifyingSoaking: of this'],
    ],
    [{ healthy: 'degraded' }, why, ['Ready False HealthyDegraded: of this']],
    [{ healthy: 'degraded' }, { reason: 'Why' }, ['Ready False HealthyDegraded: Why']],
    [{ failed: 'retrying' }, why, ['Ready False FailedRetrying: of this']],
    [
      { failed: 'rollingBack' },
      why,
      ['Ready False FailedRollingBack: of this', 'Reconciling True FailedRollingBack: of this'],
    ],
    [{ failed: 'stalled' }, why, ['Ready False FailedStalled: of this', 'Stalled True Why: of this']],
    [{ failed: 'stalled' }, {}, ['Ready False FailedStalled:', 'Stalled True Stalled:']],
    [{ rolledBack: 'holding' }, why, ['Ready False RolledBackHolding: of this', 'RolledBack True Why: of this']],
    [{ rolledBack: 'drifted' }, {}, ['Ready False RolledBackDrifted:', 'RolledBack True RolledBack:']],
    [
      { disabled: 'removing' },
      why,
      [
        'Ready False DisabledRemoving: of this',
        'Reconciling True DisabledRemoving: of this',
        'Blocked True Why: of this',
      ],
    ],
    [{ disabled: 'absent' }, why, ['Ready False DisabledAbsent: of this']],
  ])('in %o with %o', (value, context, lines) => {
    expect(unusual(value, context)).toEqual(lines)
  })

  it.each<[string, Partial<Observed>, string[]]>([
    [
      'which does not answer',
      { unreachable: 'no route' },
      ['Ready Unknown HostUnreachable: no route', 'Reachable False NotReached: no route'],
    ],
    ['which is silent while it is changed', { silent: 'no answer' }, ['Reachable Unknown NoSignOfLife: no answer']],
    ['which is held', { hold: { reason: 'Frozen', message: 'a fleet' } }, ['Blocked True Frozen: a fleet']],
  ])('on a host %s', (_, observed, lines) => {
    expect(unusual({ healthy: 'inSync' }, {}, observed)).toEqual(lines)
  })
})

describe('what differs', () => {
  const drift = { drift: 'mode', dueAtMs: 9 }
  it.each<[string, Record<string, string>, Context, string | undefined, string]>([
    ['is put right', { healthy: 'drifted' }, drift, undefined, 'Drifted True Drifted: mode'],
    ['is put right after a rollback', { rolledBack: 'drifted' }, drift, undefined, 'Drifted True Drifted: mode'],
    ['has an author', { healthy: 'drifted' }, drift, 'likely ada', 'Drifted True Drifted: mode; likely ada'],
    ['has none where nothing differs', { healthy: 'inSync' }, {}, 'likely ada', 'Drifted False NotDrifted:'],
    ['waits while it fails', { failed: 'retrying' }, drift, undefined, 'Drifted True DriftNotCorrected: mode'],
    ['is only told', { healthy: 'drifted' }, { drift: 'mode' }, undefined, 'Drifted True DriftNotCorrected: mode'],
  ])('%s', (_, value, context, author, line) => {
    const conditions = conditionsIn(value, context, author === undefined ? {} : { author })
    expect(told('Drifted', conditions)).toBe(line)
  })

  it('is said of a component that is ready, too', () => {
    const conditions = conditionsIn({ healthy: 'drifted' }, drift, { author: 'likely ada' })
    expect(told('Ready', conditions)).toBe('Ready True Drifted: mode; likely ada')
  })
})

describe('what a person should know', () => {
  it.each<[Notices, string[]]>([
    [{}, []],
    [{ suspended: 'until noon' }, ['Suspended True Suspended: until noon']],
    [{ external: true }, ['External True External: run by others: never changed, only observed']],
    [{ external: false }, []],
    [{ secrets: {} }, ['SecretsReady True Decrypted:']],
    [{ secrets: { problem: 'no key' } }, ['SecretsReady False SecretsNotReady: no key']],
    [{ secrets: { problem: 'no key', published: ['a'] } }, ['SecretsReady False SecretsNotReady: no key']],
    [
      { secrets: { published: ['a/b', 'c'] } },
      [
        'SecretsReady True Published: known to everybody, since their key is published: a/b, c. For hosts of your own: homeostat secrets renew',
      ],
    ],
    [{ deprecated: 'use that' }, ['Deprecated True EndOfLife: use that']],
    [{ standIn: 'no real one' }, ['StandIn True StandIn: no real one']],
  ])('of %o', (notices, lines) => {
    expect(unusual({ healthy: 'inSync' }, {}, { notices })).toEqual(lines)
  })

  const all: Notices = { suspended: 's', external: true, secrets: {}, deprecated: 'd', standIn: 'i' }

  it('stays while nobody looks, each once, and nothing else stays', () => {
    const before = conditionsIn({ failed: 'stalled' }, { message: 'm' }, { notices: all })
    const after = conditionsOf(before, { key: 'x@a', lifecycle: lifecycleIn({ healthy: 'inSync' }), nowMs: 9 })
    expect(after.map(lineOf)).toEqual([
      ...conditionsIn({ healthy: 'inSync' }).map(lineOf),
      'Suspended True Suspended: s',
      'External True External: run by others: never changed, only observed',
      'SecretsReady True Decrypted:',
      'Deprecated True EndOfLife: d',
      'StandIn True StandIn: i',
    ])
  })

  it('keeps the time of each condition apart', () => {
    const before = conditionsIn({ healthy: 'inSync' })
    const lifecycle = lifecycleIn({ failed: 'stalled' })
    const after = conditionsOf(before, { key: 'x@a', lifecycle, nowMs: 9 })
    expect(after.map(({ type, lastTransitionTimeMs }) => `${type} ${lastTransitionTimeMs}`)).toEqual([
      ...['Ready 9', 'Reconciling 5', 'Stalled 9', 'Drifted 5', 'Blocked 5', 'Reachable 5', 'RolledBack 5'],
    ])
  })
})
