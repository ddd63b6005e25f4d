// From what is written to what each component shall be on each host: renders through the catalog, never fails as a whole.
import { isDeepStrictEqual } from 'node:util'
import { type ComponentType, type Peer, type RenderContext, RenderError } from '../catalog/define-type.ts'
import type { ComponentSpec, DesiredState } from '../model/desired.ts'
import type { HostSpec } from '../model/host.ts'
import type { Issue } from '../model/issue.ts'
import { type ComponentKey, componentKey, splitKey } from '../model/key.ts'
import type { ComponentRecord } from '../model/observation.ts'
import type { Policy } from '../model/policy.ts'
import { type Resource, type ResourceId, resourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { buildTarget, TargetError } from '../plan/build-target.ts'
import { type FindSecret, type SecretProblem, seal } from '../plan/seal.ts'
import { byUrgency } from '../plan/urgency.ts'
import { noSecrets } from '../secrets/secrets.ts'
import { othersOf, surroundings, type Written } from './change-cause.ts'
import { disabledNeeds } from './disabled-needs.ts'
import { secretIssue } from './secret-problems.ts'
import { unusedRules } from './unused-rules.ts'

/** `type` is the component's, as it is written. */
export type Wish = { type: string; policy: Policy } & (
  | {
      kind: 'deploy'
      target: Target
      deprecated?: string
      usesSecrets?: boolean
      publishedSecrets?: string[]
      external?: boolean
    }
  | { kind: 'disable' }
  /** It cannot be rendered as it is written now: what runs stays as it is. */
  | { kind: 'held'; message: string; reason?: 'SecretsNotReady' }
)

export interface Desire {
  wishes: Map<ComponentKey, Wish>
  hosts: Record<string, HostSpec>
  /** Problems that only showed when rendering. */
  issues: Issue[]
  /** Files whose last good version stands in; while there is one, nothing is removed. */
  broken: string[]
  /** What the target of a key is made of, worked out when it is asked for; undefined for one that is not written. */
  written(key: ComponentKey): Written | undefined
}

/** Before the first reading nothing is known of what is wanted, and nothing is done. */
export const EMPTY: Desire = { wishes: new Map(), hosts: {}, issues: [], broken: [], written: () => undefined }

/** Renders every component for every host it is meant for, the most urgent first; `find` knows the secrets that they refer to. */
export function desire(
  state: DesiredState,
  catalog: Record<string, ComponentType>,
  find: FindSecret = noSecrets.find,
): Desire {
  const wishes = new Map<ComponentKey, Wish>()
  const issues: Issue[] = []
  const peers = peersOf(state)
  const others = othersOf(state, peers)
  const written = new Map<ComponentKey, () => Written>()
  for (const spec of Object.values(state.components)) {
    for (const hostName of spec.hosts) {
      const host = state.hosts[hostName]
      if (host === undefined) continue
      const key = componentKey(spec.name, hostName)
      const around = surroundings(state, { component: spec.name, host, peers })
      const wish = spec.enabled
        ? render(spec, around.context, { state, catalog, find })
        : { kind: 'disable' as const, ...said(spec) }
      wishes.set(key, wish)
      written.set(key, () => around.written(spec, others))
      if (wish.kind === 'held') issues.push(...issuesOf(spec, wish))
    }
  }
  holdConflicts(wishes, state, issues)
  return {
    wishes: inOrder(wishes, state, catalog),
    hosts: state.hosts,
    issues: [...issues, ...disabledNeeds(state), ...unusedRules(state, wishes)],
    broken: state.broken,
    written: (key) => written.get(key)?.(),
  }
}

function inOrder(wishes: Desire['wishes'], state: DesiredState, catalog: Record<string, ComponentType>) {
  const places = [...wishes].map(([key, wish]) => {
    const { component: name, host } = splitKey(key)
    const { provenAfterMs = 0 } = catalog[state.components[name]?.type ?? ''] ?? {}
    const needs = wish.kind === 'deploy' ? wish.target.probes.flatMap((probe) => probe.needs ?? []) : []
    return { name, host, dependsOn: wish.policy.dependsOn, needs, provenAfterMs, wished: [key, wish] as const }
  })
  return new Map(byUrgency(places).map(({ wished }) => wished))
}

/** Counted once for each desire: there may be thousands of keys. */
const places = new WeakMap<Desire, Map<ComponentKey, number>>()

/** The key's place among all that is wished, 0 for the most urgent; what is not wished comes after all that is. */
export function placeIn(desire: Desire, key: string): number {
  const known = places.get(desire) ?? new Map([...desire.wishes.keys()].map((it, at) => [it, at]))
  places.set(desire, known)
  return known.get(key as ComponentKey) ?? known.size
}

type HeldWish = Extract<Wish, { kind: 'held' }> & { path?: string; issues?: Issue[] }

interface Known {
  state: DesiredState
  catalog: Record<string, ComponentType>
  find: FindSecret
}

/** What every wish says, whatever comes of it. */
function said({ type, policy }: ComponentSpec): Pick<Wish, 'type' | 'policy'> {
  return { type, policy }
}

function render(spec: ComponentSpec, context: RenderContext, { state, catalog, find }: Known): Wish | HeldWish {
  const { host } = context
  if (host.platform !== 'debian' && !spec.external) {
    const message = `${host.name} is a ${host.platform} host, which cannot be changed yet: nothing is done there`
    return { kind: 'held', ...said(spec), message }
  }
  const type = catalog[spec.type]
  if (type === undefined) return { kind: 'held', ...said(spec), message: `there is no component type ${spec.type}` }
  try {
    const rendered = type.render(spec.options, context)
    const probes = [...rendered.probes, ...spec.probes]
    const resources = spec.external ? [] : rendered.resources
    const sealed = seal({ resources, probes }, find)
    if (sealed.problems.length > 0) return heldBySecrets(sealed.problems, spec, state)
    const target = buildTarget({ component: spec.name, host: host.name, type: spec.type }, sealed.rendered)
    const { deprecated } = type
    const usesSecrets = sealed.secrets.length > 0
    return {
      kind: 'deploy',
      target,
      ...said(spec),
      usesSecrets,
      ...(sealed.published.length === 0 ? {} : { publishedSecrets: sealed.published }),
      ...(spec.external ? { external: true } : {}),
      ...(deprecated === undefined ? {} : { deprecated }),
    }
  } catch (error) {
    if (error instanceof RenderError) return { kind: 'held', ...said(spec), message: error.message, path: error.path }
    if (error instanceof TargetError) return { kind: 'held', ...said(spec), message: error.message }
    // A bug in one type is the trouble of its components alone.
    const message = `component type ${spec.type} failed to render it, which is a bug: ${(error as Error).message}`
    return { kind: 'held', ...said(spec), message }
  }
}

/** What is ours on the host, as its own record says; of what is only observed now, nothing is touched. */
export function ownedFor(wish: Wish | undefined, record: ComponentRecord | undefined): ResourceId[] {
  return wish?.kind === 'deploy' && wish.external === true ? [] : (record?.owned ?? [])
}

function heldBySecrets(problems: SecretProblem[], spec: ComponentSpec, { files }: DesiredState): HeldWish {
  const message = [...new Set(problems.map((problem) => problem.message))].join('; ')
  const issues = problems.map((problem) => secretIssue(problem, spec, files))
  return { kind: 'held', ...said(spec), reason: 'SecretsNotReady', message, issues }
}

/** All enabled components, sorted by name. */
export function peersOf(state: Pick<DesiredState, 'components' | 'hosts'>): Peer[] {
  return Object.values(state.components)
    .filter((spec) => spec.enabled)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, enabled, hosts, options, policy: { dependsOn } }) => {
      const known = hosts.flatMap((host) => state.hosts[host] ?? [])
      return { name, type, enabled, hosts: known, dependsOn, options }
    })
}

/**
 * Two components that want the same file or unit on one host in different ways would fight for ever: the later by name is held.
 * A file that both want alike, such as a package source, belongs to both.
 */
function holdConflicts(wishes: Map<ComponentKey, Wish>, state: DesiredState, issues: Issue[]): void {
  const claims = new Map<string, { component: string; resource: Resource }>()
  for (const [key, wish] of [...wishes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (wish.kind !== 'deploy') continue
    const { component, host } = wish.target
    const claimed = wish.target.resources.filter((it) => it.kind === 'file' || it.kind === 'unit')
    const place = (it: Resource) => `${host} ${resourceId(it)}`
    const taken = claimed.find((it) => {
      const other = claims.get(place(it))?.resource
      return other !== undefined && !(it.kind === 'file' && isDeepStrictEqual(it, other))
    })
    if (taken === undefined) {
      for (const it of claimed) if (!claims.has(place(it))) claims.set(place(it), { component, resource: it })
      continue
    }
    const owner = claims.get(place(taken))?.component
    const message = `${resourceId(taken)} on ${host} is already claimed by component ${owner}`
    const held: Wish = { kind: 'held', type: wish.type, policy: wish.policy, message }
    wishes.set(key, held)
    const spec = state.components[component]
    if (spec !== undefined) issues.push(...issuesOf(spec, held))
  }
}

function issuesOf(spec: ComponentSpec, { issues, path = 'spec', message }: HeldWish): Issue[] {
  return issues ?? [{ file: spec.file, line: spec.line, column: 1, path, message }]
}
