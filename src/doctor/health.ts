// Whether components do what they are there for: service status, health endpoints, targets, data sources, the way of the logs, each by
// the component's own probes, once.
import type { ProbeResult } from '../model/probe.ts'
import type { HostFinding } from './finding.ts'
import type { ComponentLook, HostLook } from './look.ts'

export function health({ host, components }: HostLook): HostFinding[] {
  return components.flatMap((look) => [...heldOf(look), ...failingOf(look, host)])
}

function heldOf({ component, held }: ComponentLook): HostFinding[] {
  return held === undefined ? [] : [{ component, message: held, next: 'homeostat validate' }]
}

function failingOf({ component, results, said }: ComponentLook, host: string): HostFinding[] {
  const failing = results.filter(({ passed }) => !passed)
  // Where the service itself is down, what it does not answer follows from that.
  const causes = failing.some(isOfUnit) ? failing.filter(isOfUnit) : failing
  return causes.map(({ name, message }) => ({
    component,
    message: `${name}: ${message}${said === undefined ? '' : `; it said: ${said}`}`,
    next: `homeostat logs ${component}@${host}, homeostat describe ${component}@${host}`,
  }))
}

function isOfUnit({ name }: ProbeResult): boolean {
  return name.startsWith('unit ')
}
