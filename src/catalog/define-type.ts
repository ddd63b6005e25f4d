// What a component type is: its options, its rendering, its proof. One file per type beside this one; `registry.ts` lists them.
import type { z } from 'zod'
import type { AlertRules } from '../model/alert-rules.ts'
import type { Dashboard } from '../model/dashboard.ts'
import type { HostSpec } from '../model/host.ts'
import type { Manifest } from '../model/manifest.ts'
import type { Dependency } from '../model/policy.ts'
import type { Rendered } from '../model/target.ts'

/** Another component of the same desired state, for renderers that need to know who else is there. */
export interface Peer {
  name: string
  type: string
  enabled: boolean
  hosts: HostSpec[]
  dependsOn: Dependency[]
  /** Output of that type's options schema. */
  options: unknown
}

export interface RenderContext {
  /** metadata.name of the component. */
  component: string
  /** The host to render for. */
  host: HostSpec
  manifest: Manifest | undefined
  /** All enabled components, this one included, sorted by name. */
  peers: Peer[]
  /** All Dashboard documents, sorted by name. */
  dashboards: Dashboard[]
  /** All AlertRules documents, sorted by name. */
  alertRules: AlertRules[]
  /** Text of a file of the desired-state directory by relative path; undefined when there is none. */
  file(path: string): string | undefined
}

export interface ComponentType<Schema extends z.ZodType = z.ZodType> {
  type: string
  /** One line for `homeostat schema` and the docs. */
  summary: string
  options: Schema
  /** Why it should not be used any more, and what instead. */
  deprecated?: string
  /** True where Homeostat only observes it: its components have to say `external: true`, and it renders no resources. */
  external?: boolean
  /** Continuous health that this type needs before a deploy counts, in milliseconds, unless the component says otherwise. */
  minHealthyMs: number
  /** How long its proof takes after a change even when all is well, in milliseconds: of several, the longest goes first. Default 0. */
  provenAfterMs?: number
  /** Pure. Throws `RenderError` for what only shows with the manifest and the peers at hand. */
  render(options: z.output<Schema>, context: RenderContext): Rendered
}

/** Something about this component cannot be rendered; the message says which option or manifest field, and what is expected. */
export class RenderError extends Error {
  override name = 'RenderError'
  /** Path of the field within the component document, for instance `spec.options.port`. */
  readonly path: string
  constructor(message: string, path: string) {
    super(message)
    this.path = path
  }
}

/** Checks a type against its own schema; returns it unchanged. */
export function defineType<Schema extends z.ZodType>(type: ComponentType<Schema>): ComponentType<Schema> {
  return type
}
