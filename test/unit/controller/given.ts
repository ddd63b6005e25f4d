// Desires and statuses with as little as a test of the controller's pure parts has to say.
import { z } from 'zod'
import { initialLifecycle, type Lifecycle } from '../../../machines/advance.ts'
import { defineType, RenderError } from '../../../src/catalog/define-type.ts'
import { type Desire, desire } from '../../../src/controller/desire.ts'
import { type Status, Statuses } from '../../../src/controller/statuses.ts'
import type { ComponentSpec, DesiredState } from '../../../src/model/desired.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { Dependency } from '../../../src/model/policy.ts'
import type { FindSecret } from '../../../src/plan/seal.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { hostNamed } from '../../support/observations.ts'

/** Renders one file whose path and content are its options; `throw` and `bug` as content say how it fails. */
export const fileType = defineType({
  type: 'file',
  summary: 'one file',
  options: z.strictObject({ path: z.string(), content: z.string(), mode: z.int() }),
  minHealthyMs: 10_000,
  render: ({ path, content, mode }) => {
    if (content === 'throw') throw new RenderError('port is taken', 'spec.options.port')
    if (content === 'bug') throw new TypeError('undefined is not a function')
    return { resources: [{ kind: 'file', path, content, owner: 'root', group: 'root', mode }], probes: [] }
  },
})

export interface Written {
  hosts?: string[]
  enabled?: boolean
  external?: boolean
  path?: string
  content?: string
  mode?: number
  type?: string
  dependsOn?: Dependency[]
  suspend?: { reason: string }
}

export function specOf(name: string, it: Written = {}): ComponentSpec {
  const {
    hosts = ['a'],
    enabled = true,
    external = false,
    path = `/etc/${name}`,
    content = 'v1',
    mode = 0o644,
    type = 'file',
    dependsOn = [],
    suspend,
  } = it
  const times = { minHealthyMs: 10_000, verifyDeadlineMs: 300_000, maxAttempts: 2 }
  const policy = { ...times, drift: 'correct' as const, autoRollback: true, dependsOn, ...(suspend && { suspend }) }
  const place = { labels: {}, probes: [], file: 'x.yaml', line: 3 }
  return { name, type, enabled, external, hosts, options: { path, content, mode }, policy, ...place }
}

export function stateOf(written: Record<string, Written>, more: Partial<DesiredState> = {}): DesiredState {
  const components = Object.fromEntries(Object.entries(written).map(([name, it]) => [name, specOf(name, it)]))
  const hosts = Object.fromEntries(['a', 'b'].map((name) => [name, hostNamed(name)]))
  return { hosts, components, manifest: undefined, files: {}, issues: [], broken: [], ...more }
}

export function desireOf(
  written: Record<string, Written>,
  more: Partial<DesiredState> = {},
  find?: FindSecret,
): Desire {
  return desire(stateOf(written, more), { file: fileType }, find)
}

export function statusIn(key: ComponentKey, state: string, context: Partial<Lifecycle['context']> = {}): Status {
  const [top = '', child = ''] = state.split('.')
  const fresh = initialLifecycle()
  const lifecycle = { ...fresh, value: { [top]: child }, context: { ...fresh.context, ...context } }
  return { key, lifecycle, conditions: [], generation: 1, lastProbes: [], updatedAtMs: 0 }
}

/** What is known of keys: their states, for the revisions that the desire asks for where one is given. */
export async function statusesOf(states: Record<ComponentKey, string>, desire?: Desire): Promise<Statuses> {
  const statuses = new Statuses(createMemoryStore())
  for (const [key, state] of Object.entries(states) as [ComponentKey, string][]) {
    const wish = desire?.wishes.get(key)
    const desired = wish?.kind === 'deploy' ? wish.target.revision : null
    await statuses.save(statusIn(key, state, { desired }), 1)
  }
  return statuses
}
