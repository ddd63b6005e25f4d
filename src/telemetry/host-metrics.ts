// Series of each host: whether it can be reached, and how old what we know of it is.
import { Gauge, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

export function hostMetrics(
  registry: Registry,
): Pick<Metrics, 'hostReachable' | 'hostObserved' | 'fleetFrozen' | 'forgetHost'> {
  const options = { labelNames: ['host'], registers: [registry] }
  const reachable = new Gauge({
    name: 'homeostat_host_reachable',
    help: 'Whether the host answered when it was last asked.',
    ...options,
  })
  const observed = new Gauge({
    name: 'homeostat_host_last_observation_timestamp_seconds',
    help: 'When the host was last observed, by the clock of the controller.',
    ...options,
  })
  const frozen = new Gauge({
    name: 'homeostat_fleet_frozen',
    help: 'Whether nothing is changed because most hosts ceased to answer or to be healthy at once.',
    registers: [registry],
  })
  return {
    fleetFrozen: (isFrozen) => frozen.set(isFrozen ? 1 : 0),
    hostReachable: (host, isReachable) => reachable.set({ host }, isReachable ? 1 : 0),
    hostObserved: (host, atMs) => observed.set({ host }, atMs / 1000),
    forgetHost: (host) => {
      reachable.remove({ host })
      observed.remove({ host })
    },
  }
}
