// What the whole desired-state directory says, after reading and checking it.
import type { AlertRules } from './alert-rules.ts'
import type { Dashboard } from './dashboard.ts'
import type { HostSpec } from './host.ts'
import type { Issue } from './issue.ts'
import type { Manifest } from './manifest.ts'
import type { Policy } from './policy.ts'
import type { Probe } from './probe.ts'

/** A component as written, with references resolved and options checked by its catalog type. */
export interface ComponentSpec {
  name: string
  type: string
  labels: Record<string, string>
  enabled: boolean
  /** Never changed by us, only observed. */
  external: boolean
  /** Names of hosts, sorted. */
  hosts: string[]
  /** Output of the type's options schema, defaults filled in. */
  options: unknown
  /** More probes than the type's own, from `verify.probes`; they are part of the target. */
  probes: Probe[]
  policy: Policy
  /** Where it stands. */
  file: string
  line: number
}

export interface DesiredState {
  hosts: Record<string, HostSpec>
  components: Record<string, ComponentSpec>
  manifest: Manifest | undefined
  /** Sorted by name. */
  dashboards?: Dashboard[]
  /** Sorted by name. */
  alertRules?: AlertRules[]
  /** Texts of all files of the directory by relative path, for content that stands beside the YAML. */
  files: Record<string, string>
  issues: Issue[]
  /** Files that could not be used as they are now; their last good version stands in. While there is one, nothing is removed. */
  broken: string[]
}
