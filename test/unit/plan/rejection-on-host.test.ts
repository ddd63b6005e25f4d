// A rejected revision is written on the host before the rollback counts as done: a lost store must not try it again.
import { expect, test } from 'vitest'
import { initialLifecycle, type Lifecycle } from '../../../machines/advance.ts'
import type { ComponentRecord } from '../../../src/model/observation.ts'
import { type Decision, decide } from '../../../src/plan/decide.ts'

const good = 'a'.repeat(64)
const bad = 'b'.repeat(64)
const active = { component: 'x', host: 'h', type: 'custom', revision: good, resources: [], probes: [] }

/** What is decided while a rollback is under way and the host is already as it was before. */
function decideWith(rejected: string[] | undefined, rollbacks = 0): Decision {
  const { machineVersion, context } = initialLifecycle()
  const lifecycle: Lifecycle = {
    machineVersion,
    value: { failed: 'rollingBack' },
    context: { ...context, desired: bad, lastGood: good, rollbacks },
  }
  const record: ComponentRecord | undefined =
    rejected === undefined ? undefined : { generation: 1, revision: good, rejected, owned: [] }
  const policy = {
    minHealthyMs: 1,
    verifyDeadlineMs: 1,
    maxAttempts: 2,
    drift: 'correct' as const,
    autoRollback: true,
    dependsOn: [],
  }
  const none = {
    deployBlockers: () => [],
    isWell: () => true,
    removalBlockers: () => [],
    standstill: () => undefined,
    correctionBlocker: () => undefined,
    isListed: true,
    kept: null,
    damage: undefined,
    irreversible: new Map(),
    retryAfterMs: () => 1,
    nowMs: 0,
  }
  return decide({ lifecycle, active, diff: { changes: [] }, record, policy, ...none })
}

test('a host that does not know of the rejection is told, although nothing on it differs', () => {
  expect(decideWith([])).toEqual({ kind: 'rollBack', target: active, diff: { changes: [] } })
})

test('a host that knows, or has nothing of the component, is only probed', () => {
  expect(decideWith([bad])).toEqual({ kind: 'probe', target: active })
  expect(decideWith(undefined)).toEqual({ kind: 'probe', target: active })
})

test('a host that does not remember, however often it is told, is not told for ever', () => {
  expect(decideWith([], 3)).toEqual({ kind: 'probe', target: active })
})
