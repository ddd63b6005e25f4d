// A status in words: its state, why it is not well, and which exit code that is.
import { describe, expect, it } from 'vitest'
import { exitCodeOf, stateName, whyText } from '../../../src/cli/state.ts'
import type { ComponentStatus } from '../../../src/model/status.ts'
import { summarize } from '../../../src/model/status-summary.ts'
import { conditionOf, statusOf } from '../../support/statuses.ts'

describe('stateName', () => {
  it.each([
    [{ deploying: 'applying' }, 'deploying.applying'],
    ['disabled', 'disabled'],
    [{ healthy: {} }, 'healthy'],
    [undefined, 'unknown'],
  ])('writes %j as %s', (value, name) => {
    expect(stateName({ value })).toBe(name)
  })
})

const why = (status: ComponentStatus) => whyText(summarize(status))

describe('why a component is not well', () => {
  it('says nothing when all is well', () => {
    expect(why(statusOf('a@h'))).toBe('')
  })

  it('says why, not that, a component is not ready', () => {
    const conditions = [
      conditionOf('Ready', 'False', 'Deploying', 'not verified yet'),
      conditionOf('Blocked', 'True', 'DependencyNotHealthy', 'waits for node-exporter to be healthy'),
    ]
    expect(why(statusOf('a@h', { conditions }))).toBe('DependencyNotHealthy: waits for node-exporter to be healthy')
  })

  it('speaks of drift that is only watched although the component is ready', () => {
    const conditions = [
      conditionOf('Ready', 'True', 'Healthy'),
      conditionOf('Drifted', 'True', 'DriftFound', 'one file'),
    ]
    expect(why(statusOf('a@h', { conditions }))).toBe('DriftFound: one file')
  })
})

describe('exitCodeOf', () => {
  const well = statusOf('a@h')
  const gone = statusOf('b@h', { state: { disabled: 'absent' }, conditions: [] })
  const broken = statusOf('c@h', {
    state: { failed: 'retrying' },
    conditions: [conditionOf('Ready', 'False', 'Failed')],
  })
  const takenBack = statusOf('d@h', {
    state: { rolledBack: 'holding' },
    conditions: [conditionOf('Ready', 'True', 'RolledBack')],
  })

  it('is 0 when everything that is wanted is ready', () => {
    expect(exitCodeOf([well, gone].map(summarize))).toBe(0)
  })
  it('is 1 when something is not', () => {
    expect(exitCodeOf([well, broken].map(summarize))).toBe(1)
  })
  it('is 3 when something was rolled back, whatever else there is', () => {
    expect(exitCodeOf([well, broken, takenBack].map(summarize))).toBe(3)
  })
})
