// What one component should be on one host, fully rendered and canonical.
import type { Probe } from './probe.ts'
import type { Resource } from './resource.ts'

/** Lower-case hex SHA-256 of the canonical JSON of a target's type, resources and probes. */
export type Revision = string

export interface Target {
  component: string
  host: string
  /** Catalog type, for instance `prometheus` or `custom`. */
  type: string
  revision: Revision
  /** Sorted by kind (package, user, directory, file, unit, postgres-role, postgres-database), then by id. */
  resources: Resource[]
  probes: Probe[]
}

/** What a renderer gives; `plan` makes the target of it. */
export interface Rendered {
  resources: Resource[]
  probes: Probe[]
}
