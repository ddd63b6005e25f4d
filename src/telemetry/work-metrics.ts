// Series of the controller's own work: passes, operations on hosts, and what waits.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Cause, Operation } from '../model/operation.ts'
import type { DetectedVia, Metrics, OperationOutcome, PassResult } from './metrics.ts'

const results: PassResult[] = ['succeeded', 'failed']
const kinds: Operation['kind'][] = ['apply', 'rollback', 'remove']
const causes: Cause[] = ['spec', 'drift', 'dependency', 'secret', 'rollback', 'manual']
const outcomes: OperationOutcome[] = ['succeeded', 'failed', 'refused', 'unknown']
const ways: DetectedVia[] = ['watch', 'poll']
/** From what a host tells at once to a resync every hour. */
const detectionBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600]
/** From a quiet pass over an open connection to an apply at its deadline of 240 s (DESIGN §7). */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 240]

export function workMetrics(
  registry: Registry,
): Pick<Metrics, 'reconciled' | 'operation' | 'queueDepth' | 'driftDetected'> {
  const registers = [registry]
  const passes = new Counter({
    name: 'homeostat_reconcile_total',
    help: 'Passes over a component on a host.',
    labelNames: ['result'],
    registers,
  })
  const duration = new Histogram({
    name: 'homeostat_reconcile_duration_seconds',
    help: 'How long a pass took.',
    buckets,
    registers,
  })
  const operations = new Counter({
    name: 'homeostat_operations_total',
    help: 'Changes of a host, by what they did, why, and what came of them.',
    labelNames: ['kind', 'cause', 'outcome'],
    registers,
  })
  const detection = new Histogram({
    name: 'homeostat_drift_detect_seconds',
    help: 'From a change on a host to the look that found it, by the clock of the host; what led to that look.',
    labelNames: ['via'],
    buckets: detectionBuckets,
    registers,
  })
  const queue = new Gauge({ name: 'homeostat_queue_depth', help: 'Components that wait for a pass.', registers })
  for (const way of ways) detection.zero({ via: way })
  for (const result of results) passes.inc({ result }, 0)
  for (const kind of kinds)
    for (const cause of causes) for (const outcome of outcomes) operations.inc({ kind, cause, outcome }, 0)
  return {
    reconciled: (result, durationMs) => {
      passes.inc({ result })
      duration.observe(durationMs / 1000)
    },
    operation: (kind, cause, outcome) => operations.inc({ kind, cause, outcome }),
    driftDetected: (via, ageMs) => detection.observe({ via }, ageMs / 1000),
    queueDepth: (depth) => queue.set(depth),
  }
}
