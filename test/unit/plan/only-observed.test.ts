// Components that own nothing on their host and prove what others bring about.
import { expect, test } from 'vitest'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { retryDelayMs } from '../../../src/plan/decide.ts'
import { timingOf } from '../../../src/plan/timing.ts'
import { file, targetOf } from './given.ts'
import { blocker, decided, policy, said } from './situations.ts'

const observed = buildTarget({ component: 'x', host: 'a', type: 'custom' }, { resources: [], probes: [] })
const owning = targetOf(file('/etc/x', 'x'))

test('they wait for what they depend on before they are proven, though nothing has to be changed', () => {
  const situation = { active: observed, deployBlockers: () => [blocker] }
  expect(said(decided({ deploying: 'blocked' }, situation))).toBe('tell BLOCKED')
  expect(said(decided({ deploying: 'blocked' }, { active: observed }))).toBe('tell APPLIED')
  // What is there already needs nobody.
  expect(said(decided({ deploying: 'blocked' }, { ...situation, active: owning }))).toBe('tell APPLIED')
})

test('they are never rolled back: no revision of theirs is to blame', () => {
  expect(timingOf(policy, observed).autoRollback).toBe(false)
  expect(timingOf(policy, owning).autoRollback).toBe(true)
  expect(timingOf(policy, undefined).autoRollback).toBe(true)
})

test('they are asked again after half a minute at the latest', () => {
  expect(retryDelayMs(observed, 900_000)).toBe(30_000)
  expect(retryDelayMs(observed, 5_000)).toBe(5_000)
  expect(retryDelayMs(owning, 900_000)).toBe(900_000)
})
