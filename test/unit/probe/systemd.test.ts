// The systemd probe: what the observation says about a unit, and what it says compared with the round before.
import { expect, test } from 'vitest'
import type { UnitFact } from '../../../src/model/observation.ts'
import type { SystemdProbe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { contextWith, observationOf, unitFact } from './probe-context.ts'

const unit = 'prometheus.service'
const probe: SystemdProbe = { kind: 'systemd', name: 'unit', unit, timeoutMs: 1_000 }

async function result(now: Partial<UnitFact>, before?: Partial<UnitFact>) {
  const baseline = before === undefined ? {} : { baseline: { [unit]: unitFact(before) } }
  const observation = observationOf({ [unit]: unitFact(now) })
  const [found] = await createProber()([probe], contextWith({ observation, ...baseline }))
  return found
}

test.each<[string, Partial<UnitFact>]>([
  ['running', {}],
  ['a oneshot that stays active', { sub: 'exited' }],
  ['a socket', { sub: 'listening' }],
  ['a service that was restarted by systemd long ago', { restarts: 4 }],
])('passes an active unit: %s', async (_case, fact) => {
  expect(await result(fact)).toMatchObject({ name: 'unit', passed: true, certain: false })
})

test.each<[string, Partial<UnitFact>, string]>([
  ['failed', { active: 'failed', sub: 'failed', result: 'exit-code' }, 'has failed (exit-code)'],
  ['restarted too often', { active: 'failed', sub: 'failed', result: 'start-limit-hit' }, 'start-limit-hit'],
  [
    'inactive after too many restarts',
    { active: 'inactive', sub: 'dead', result: 'start-limit-hit' },
    'start-limit-hit',
  ],
  ['masked', { load: 'masked', active: 'inactive', sub: 'dead' }, 'masked'],
  ['masked while it runs', { load: 'masked' }, 'masked'],
  ['without unit file', { load: 'not-found', active: 'inactive', sub: 'dead' }, 'not-found'],
  ['with a unit file that systemd refuses', { load: 'bad-setting', active: 'inactive', sub: 'dead' }, 'bad-setting'],
])('fails for certain a unit that is %s', async (_case, fact, evidence) => {
  const found = await result(fact)
  expect(found).toMatchObject({ passed: false, certain: true })
  expect(found?.message).toContain('prometheus.service on monitoring')
  expect(found?.message).toContain(evidence)
})

test.each<[string, Partial<UnitFact>, string]>([
  ['starting', { active: 'activating', sub: 'start' }, 'activating (start)'],
  ['stopped', { active: 'inactive', sub: 'dead' }, 'inactive (dead)'],
  ['reloading', { active: 'reloading', sub: 'reload' }, 'reloading'],
  [
    'in a crash loop that never reads failed',
    { active: 'activating', sub: 'auto-restart', result: 'exit-code', restarts: 7 },
    'has ended (exit-code) and waits for its automatic restart, after 7 restarts',
  ],
  [
    'in a crash loop of a newer systemd',
    { active: 'activating', sub: 'auto-restart-queued', restarts: 1 },
    '1 restart',
  ],
])('does not pass a unit that is %s, and does not give it up', async (_case, fact, evidence) => {
  const found = await result(fact)
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain(evidence)
})

test('does not pass a unit that restarted by itself since the last look', async () => {
  const found = await result({ restarts: 3, invocationId: 'new' }, { restarts: 1, invocationId: 'old' })
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('restarted by itself since the last look: 2 restarts')
})

test('does not pass another invocation than the one of the last look', async () => {
  const found = await result({ invocationId: 'new' }, { invocationId: 'old' })
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('started anew')
})

test('passes the same invocation with the same restart counter', async () => {
  expect(await result({ restarts: 1 }, { restarts: 1 })).toMatchObject({ passed: true })
})

test('judges a unit that the baseline does not know by what it is now', async () => {
  const observation = observationOf({ [unit]: unitFact() })
  const [found] = await createProber()([probe], contextWith({ observation, baseline: {} }))
  expect(found).toMatchObject({ passed: true })
})

test('never passes a unit that was not observed', async () => {
  const [found] = await createProber()([probe], contextWith())
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('was not looked at')
})
