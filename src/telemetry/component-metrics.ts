// Series of each component on each host: in which state it is, which conditions hold and why, how often it drifted.
import { Counter, Gauge, type Registry } from 'prom-client'
import { type TopState, topState } from '../../machines/advance.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Condition } from '../model/status.ts'
import type { Metrics } from './metrics.ts'

const states: TopState[] = ['disabled', 'deploying', 'verifying', 'healthy', 'failed', 'rolledBack']
const conditionValues: Record<Condition['status'], number> = { True: 1, False: 0, Unknown: -1 }

type Place = { component: string; host: string }

export function componentMetrics(registry: Registry): Pick<Metrics, 'component' | 'forgetComponent' | 'drift'> {
  const registers = [registry]
  const state = new Gauge({
    name: 'homeostat_component_state',
    help: 'Lifecycle state of a component on a host: 1 for the state it is in, 0 for the others.',
    labelNames: ['component', 'host', 'state'],
    registers,
  })
  const condition = new Gauge({
    name: 'homeostat_component_condition',
    help: 'Condition of a component on a host, with its reason: 1 true, 0 false, -1 unknown.',
    labelNames: ['component', 'host', 'type', 'reason'],
    registers,
  })
  const labelNames = ['component', 'host']
  const drift = {
    found: new Counter({
      name: 'homeostat_drift_found_total',
      help: 'Times a host differed from what it should be.',
      labelNames,
      registers,
    }),
    corrected: new Counter({
      name: 'homeostat_drift_corrected_total',
      help: 'Times a difference was put right.',
      labelNames,
      registers,
    }),
  }
  const reasons = new Map<ComponentKey, Map<Condition['type'], string>>()

  const begin = (key: ComponentKey, place: Place) => {
    const known = reasons.get(key)
    if (known !== undefined) return known
    // At zero from the start: a counter that begins at 1 hides its first increase from rate().
    drift.found.inc(place, 0)
    drift.corrected.inc(place, 0)
    const fresh = new Map<Condition['type'], string>()
    reasons.set(key, fresh)
    return fresh
  }

  return {
    component: ({ key, lifecycle, conditions }) => {
      const place = splitKey(key)
      const shown = begin(key, place)
      const current = topState(lifecycle)
      for (const name of states) state.set({ ...place, state: name }, name === current ? 1 : 0)
      replaceConditions(condition, place, shown, conditions)
    },
    forgetComponent: (key) => {
      const place = splitKey(key)
      for (const name of states) state.remove({ ...place, state: name })
      replaceConditions(condition, place, reasons.get(key) ?? new Map(), [])
      reasons.delete(key)
      drift.found.remove(place)
      drift.corrected.remove(place)
    },
    drift: (key, what) => {
      const place = splitKey(key)
      begin(key, place)
      drift[what].inc(place)
    },
  }
}

/** One series per condition: the one with the former reason goes. `shown` remembers which reason each condition stands under. */
function replaceConditions(
  gauge: Gauge,
  place: Place,
  shown: Map<Condition['type'], string>,
  conditions: readonly Condition[],
): void {
  const now = new Map(conditions.map((condition) => [condition.type, condition.reason]))
  for (const [type, reason] of shown) {
    if (now.get(type) === reason) continue
    gauge.remove({ ...place, type, reason })
    shown.delete(type)
  }
  for (const { type, reason, status } of conditions) {
    gauge.set({ ...place, type, reason }, conditionValues[status])
    shown.set(type, reason)
  }
}
