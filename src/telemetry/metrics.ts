// What Prometheus is told about the controller. The controller calls these methods and never sees a metric object.
import { Registry } from 'prom-client'
import type { ComponentKey } from '../model/key.ts'
import type { Cause, Operation } from '../model/operation.ts'
import type { ComponentStatus } from '../model/status.ts'
import { componentMetrics } from './component-metrics.ts'
import { hostMetrics } from './host-metrics.ts'
import { processMetrics } from './process-metrics.ts'
import { workMetrics } from './work-metrics.ts'

export interface Metrics {
  /** State and conditions of a key, to be called at start and whenever the status changed. */
  component(status: Pick<ComponentStatus, 'key' | 'lifecycle' | 'conditions'>): void
  /** Takes every series of a key away. */
  forgetComponent(key: ComponentKey): void
  drift(key: ComponentKey, what: 'found' | 'corrected'): void
  /** Drift was found so many milliseconds after it came about. */
  driftDetected(via: DetectedVia, ageMs: number): void
  /** A pass ended. */
  reconciled(result: PassResult, durationMs: number): void
  operation(kind: Operation['kind'], cause: Cause, outcome: OperationOutcome): void
  queueDepth(depth: number): void
  hostReachable(host: string, isReachable: boolean): void
  /** A host was observed, at milliseconds since the epoch. */
  hostObserved(host: string, atMs: number): void
  /** Whether nothing is changed because most hosts went wrong at once. */
  fleetFrozen(isFrozen: boolean): void
  /** Takes every series of a host away. */
  forgetHost(host: string): void
  /** Everything in Prometheus' text format. */
  text(): Promise<string>
  /** The content type that goes with it. */
  readonly contentType: string
}

/** `watch`: the host told of the change; `poll`: the periodic look came upon it. */
export type DetectedVia = 'watch' | 'poll'
export type PassResult = 'succeeded' | 'failed'
/** `unknown`: the connection was lost before the host said what became of it. */
export type OperationOutcome = 'succeeded' | 'failed' | 'refused' | 'unknown'

/** A registry of its own, so that two controllers in one process do not mix. */
export function createMetrics(build: { version: string }): Metrics {
  const registry = new Registry()
  processMetrics(registry, build.version)
  const components = componentMetrics()
  return {
    ...components,
    ...workMetrics(registry),
    ...hostMetrics(registry),
    text: async () => (await registry.metrics()) + components.text(),
    contentType: registry.contentType,
  }
}
