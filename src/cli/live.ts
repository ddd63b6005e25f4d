// What the verbs ask of live hosts, and what they hear of it while it is done.

import type { HostLook } from '../doctor/look.ts'
import type { CoverageRow } from '../model/coverage.ts'
import type { Issue } from '../model/issue.ts'
import type { ComponentKey } from '../model/key.ts'
import type { Stage } from '../probe/stage.ts'
import type { PlanOptions } from './composition.ts'

/** One component on its host, tested from end to end. */
export interface Tested {
  key: ComponentKey
  /** Whether every stage was passed. */
  passed: boolean
  /** As far as it came. */
  stages: Stage[]
}

export interface AlertTestOptions extends Pick<PlanOptions, 'desiredStateDir' | 'ssh' | 'signal'> {
  /** Only the component of this name. */
  component?: string
  /** Labels that the alert has besides its own. */
  labels: Record<string, string>
  /** For sending, from when it is listed; default: what alerts of its group wait, and a minute. */
  timeoutMs?: number
  onBegin(key: ComponentKey, labels: Record<string, string>): void
  onStage(key: ComponentKey, stage: Stage): void
}

export interface TestedAlertmanager extends Tested {
  labels: Record<string, string>
}

export interface LogTestOptions extends PlanOptions {
  /** Only the shipper of this name. */
  component?: string
  /** For a line to arrive; default 30 s. */
  timeoutMs?: number
  /** Hears of each as soon as it is tested. */
  onTested(tested: Tested): void
}

export interface SignOnTestOptions extends PlanOptions {
  /** Only the proxy of this name. */
  component?: string
  /** Hears of each as soon as it is tested. */
  onTested(tested: Tested): void
}

export interface LogOptions extends PlanOptions {
  component: string
  /** Only on this host. */
  host?: string
  /** The last so many of each host. */
  lines: number
  /** None older than this. */
  sinceMs?: number
  follow: boolean
  /** Called once, before any entry. `isMasked`: the secrets are known, and masked in what follows. */
  onBegin(sources: LogSource[], how: { isMasked: boolean }): void
  onEntry(source: LogSource, entry: LogEntry): void
}

export interface LogSource {
  host: string
  units: string[]
  /** What went wrong there. */
  problem?: string
}

export interface LogEntry {
  /** By the host's clock, milliseconds since the epoch. */
  atMs: number
  unit: string
  /** Who wrote it: `prometheus[412]`. */
  from: string
  /** As syslog has them: 3 and below are errors. */
  priority: number
  /** Without secrets. Undefined where it is too long to be shown. */
  message: string | undefined
}

export interface CoverageOptions extends PlanOptions {
  /** Since when the metrics of a component may have vanished. */
  deployed: Deployed[]
  /** Whether it is asked for what rules and dashboards ask for. */
  withQuestions: boolean
}

export interface Deployed {
  key: ComponentKey
  /** By our clock, milliseconds since the epoch. */
  atMs: number
  /** The same for a person: `generation 4 was deployed 5m ago`. */
  since: string
}

export interface LiveCoverage {
  /** Every Prometheus that answered. */
  asked: ComponentKey[]
  rows: CoverageRow[]
  /** Those that could not be asked, and why. */
  problems: { key: ComponentKey; problem: string }[]
}

export interface LookOptions extends PlanOptions {
  /** Only this component, and the hosts that it is on. */
  component?: string
}

export interface LookAround {
  looks: HostLook[]
  /** Addresses that names should have. */
  expected: Record<string, string>
  /** Problems in the desired state. */
  issues: Issue[]
  /** Names of all components. */
  components: string[]
}
