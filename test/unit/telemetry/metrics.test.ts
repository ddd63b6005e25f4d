// The metrics as Prometheus reads them.
import { describe, expect, test } from 'vitest'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { statusOf } from '../../support/store-rows.ts'

/** The samples of the exposition by series. */
async function samples(metrics: Metrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

const place = 'component="prometheus",host="monitoring"'
const condition = (status: 'True' | 'False' | 'Unknown', reason: string) => ({
  type: 'Ready' as const,
  status,
  reason,
  message: '',
  lastTransitionTimeMs: 0,
})

describe('a component', () => {
  test('is in exactly one of the six states', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.component(statusOf('prometheus@monitoring'))
    const state = (name: string) => `homeostat_component_state{${place},state="${name}"}`
    const now = await samples(metrics)
    const seen = ['disabled', 'deploying', 'verifying', 'healthy', 'failed', 'rolledBack'].map(
      (name) => now[state(name)],
    )
    expect(seen).toEqual([0, 0, 0, 1, 0, 0])
    const lifecycle = { machineVersion: 1, value: { rolledBack: 'holding' }, context: {} }
    metrics.component(statusOf('prometheus@monitoring', { lifecycle }))
    const later = await samples(metrics)
    expect([later[state('healthy')], later[state('rolledBack')]]).toEqual([0, 1])
  })

  test('shows each condition under its present reason only', async () => {
    const metrics = createMetrics({ version: '1' })
    const series = (reason: string) => `homeostat_component_condition{${place},type="Ready",reason="${reason}"}`
    for (const [status, reason, value] of [
      ['True', 'Healthy', 1],
      ['False', 'ProbesFailed', 0],
      ['Unknown', 'Unreachable', -1],
    ] as const) {
      metrics.component(statusOf('prometheus@monitoring', { conditions: [condition(status, reason)] }))
      const now = await samples(metrics)
      expect(Object.keys(now).filter((name) => name.startsWith('homeostat_component_condition'))).toEqual([
        series(reason),
      ])
      expect(now[series(reason)]).toBe(value)
    }
    metrics.component(statusOf('prometheus@monitoring', { conditions: [] }))
    expect(await metrics.text()).not.toContain('type="Ready"')
  })

  test('counts drift from zero', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.component(statusOf('prometheus@monitoring'))
    const counts = async () => {
      const now = await samples(metrics)
      return ['found', 'corrected'].map((what) => now[`homeostat_drift_${what}_total{${place}}`])
    }
    expect(await counts()).toEqual([0, 0])
    metrics.drift('prometheus@monitoring', 'found')
    metrics.drift('prometheus@monitoring', 'found')
    metrics.drift('prometheus@monitoring', 'corrected')
    metrics.component(statusOf('prometheus@monitoring'))
    expect(await counts()).toEqual([2, 1])
  })

  test('leaves nothing behind when it goes, and begins anew when it comes back', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.component(statusOf('other@monitoring'))
    const before = Object.keys(await samples(metrics))
    metrics.component(statusOf('prometheus@monitoring'))
    metrics.drift('prometheus@monitoring', 'found')
    metrics.forgetComponent('prometheus@monitoring')
    expect(Object.keys(await samples(metrics))).toEqual(before)
    metrics.component(statusOf('prometheus@monitoring'))
    expect((await samples(metrics))[`homeostat_drift_found_total{${place}}`]).toBe(0)
  })
})

describe('the work', () => {
  test('starts every counter at zero', async () => {
    const now = await samples(createMetrics({ version: '1.2.3' }))
    expect(now['homeostat_reconcile_total{result="succeeded"}']).toBe(0)
    expect(now['homeostat_reconcile_total{result="failed"}']).toBe(0)
    expect(now['homeostat_operations_total{kind="rollback",cause="rollback",outcome="failed"}']).toBe(0)
    expect(now.homeostat_reconcile_duration_seconds_count).toBe(0)
    expect(now[`homeostat_build_info{version="1.2.3",node="${process.versions.node}"}`]).toBe(1)
  })

  test('counts passes with their duration, and operations by kind, cause and outcome', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.reconciled('succeeded', 40)
    metrics.reconciled('failed', 1500)
    metrics.driftDetected('watch', 40)
    metrics.operation('apply', 'drift', 'succeeded')
    metrics.queueDepth(7)
    const now = await samples(metrics)
    expect(now).toMatchObject({
      'homeostat_reconcile_total{result="succeeded"}': 1,
      'homeostat_reconcile_total{result="failed"}': 1,
      homeostat_reconcile_duration_seconds_sum: 1.54,
      'homeostat_reconcile_duration_seconds_bucket{le="0.05"}': 1,
      'homeostat_drift_detect_seconds_bucket{le="0.025",via="watch"}': 0,
      'homeostat_drift_detect_seconds_bucket{le="0.05",via="watch"}': 1,
      'homeostat_drift_detect_seconds_count{via="poll"}': 0,
      'homeostat_operations_total{kind="apply",cause="drift",outcome="succeeded"}': 1,
      homeostat_queue_depth: 7,
    })
  })

  test('shows the process itself', async () => {
    const now = await samples(createMetrics({ version: '1' }))
    expect(now.process_resident_memory_bytes).toBeGreaterThan(1e7)
    expect(now.process_cpu_seconds_total).toBeGreaterThan(0)
    expect(Math.abs((now.process_start_time_seconds ?? 0) - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5)
  })
})

test('a reason with quotes, backslashes or line feeds stays one label', async () => {
  const metrics = createMetrics({ version: '1' })
  metrics.component(statusOf('prometheus@monitoring', { conditions: [condition('False', 'a "b" \\c\nd')] }))
  expect(await metrics.text()).toContain('type="Ready",reason="a \\"b\\" \\\\c\\nd"} 0\n')
})

test('a host is reachable or not, was last observed at a time, and leaves nothing behind', async () => {
  const metrics = createMetrics({ version: '1' })
  const before = Object.keys(await samples(metrics))
  metrics.hostReachable('monitoring', false)
  metrics.hostObserved('monitoring', 1_795_000_000_500)
  expect(await samples(metrics)).toMatchObject({
    'homeostat_host_reachable{host="monitoring"}': 0,
    'homeostat_host_last_observation_timestamp_seconds{host="monitoring"}': 1_795_000_000.5,
  })
  metrics.forgetHost('monitoring')
  expect(Object.keys(await samples(metrics))).toEqual(before)
})
