// What a pass may find, with as little as a test of decisions has to say.
import { initialLifecycle, type Lifecycle } from '../../../machines/advance.ts'
import type { Diff } from '../../../src/model/diff.ts'
import type { ComponentRecord } from '../../../src/model/observation.ts'
import type { Policy } from '../../../src/model/policy.ts'
import { type Decision, decide, type Situation } from '../../../src/plan/decide.ts'
import { CONFIG, file, targetOf, unit } from './given.ts'

export const NOW_MS = 1_000_000
export const policy: Policy = {
  minHealthyMs: 10_000,
  verifyDeadlineMs: 300_000,
  maxAttempts: 2,
  drift: 'correct',
  autoRollback: true,
  dependsOn: [],
}
export const target = targetOf(file(CONFIG, 'a'), unit())
export const { revision } = target
const same: Diff = { changes: [] }
export const edited: Diff = {
  changes: [{ resource: `file:${CONFIG}`, action: 'update', fields: [{ field: 'mode', from: '0600', to: '0644' }] }],
}
export const failedUnit: Diff = {
  changes: [
    { resource: 'unit:x.service', action: 'update', fields: [{ field: 'active', from: 'failed', to: 'active' }] },
  ],
}
export const stoppedUnit: Diff = {
  changes: [
    { resource: 'unit:x.service', action: 'update', fields: [{ field: 'active', from: 'inactive', to: 'active' }] },
  ],
}
export const MODE = `file:${CONFIG} mode`
export const OFTEN = [NOW_MS - 3, NOW_MS - 2, NOW_MS - 1]
export const blocker = { reason: 'Because', message: 'of something' }
export const record = (more: Partial<ComponentRecord> = {}): ComponentRecord => ({
  generation: 1,
  revision,
  rejected: [],
  owned: [],
  ...more,
})

export function lifecycleIn(value: Record<string, string>, context: Partial<Lifecycle['context']> = {}): Lifecycle {
  const fresh = initialLifecycle()
  return { ...fresh, value, context: { ...fresh.context, desired: revision, enteredAtMs: NOW_MS, ...context } }
}

export const never = (): never => {
  throw new Error('this is not to be asked here')
}

export function decided(
  value: Record<string, string>,
  given: Partial<Omit<Situation, 'lifecycle'>> & { context?: Partial<Lifecycle['context']> } = {},
): Decision {
  const { context = {}, ...situation } = given
  return decide({
    lifecycle: lifecycleIn(value, context),
    active: target,
    diff: same,
    record: undefined,
    policy,
    deployBlockers: () => [],
    isWell: () => true,
    removalBlockers: () => [],
    standstill: () => undefined,
    correctionBlocker: () => undefined,
    isListed: true,
    kept: null,
    damage: undefined,
    irreversible: new Map(),
    retryAfterMs: () => 5_000,
    nowMs: NOW_MS,
    ...situation,
  })
}

/** `kind` or `kind REASON` or `kind FACT`, which is what tells decisions apart. */
export function said(decision: Decision): string {
  if (decision.kind === 'tell') return `tell ${decision.fact.type}`
  if (decision.kind === 'hold') return `hold ${decision.reason}`
  if (decision.kind === 'apply') return `apply ${decision.cause}`
  return decision.kind
}

export type Row = [what: string, state: Record<string, string>, given: Parameters<typeof decided>[1], decision: string]

export const proven = { lastGood: revision }
