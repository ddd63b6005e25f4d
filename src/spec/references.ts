// What documents say about one another: hosts that components name, jump hosts, dependencies. Finds every reference that leads
// nowhere and every cycle in a set of documents.
import type { HostSpec } from '../model/host.ts'
import { findCycles } from './cycles.ts'
import { defaultHosts, hostsOf } from './default-hosts.ts'
import { type Unit, unitId } from './unit.ts'
import type { FieldPath } from './yaml-documents.ts'

export interface ReferenceProblem {
  /** Ids of the documents that cannot all stay as they are. The first one is where the problem is told. */
  concerned: string[]
  /** What is missing, for a reference that leads nowhere; a cycle misses nothing. */
  missing?: {
    /** Where one document is named. */
    id?: string
    /** Names that there are, for what may have been meant. */
    known?: ReadonlySet<string>
    /** Whether this document would solve it. */
    solvedBy(unit: Unit): boolean
    /** Whether a document of this id might solve it, when no more than its id can be read. */
    mayBe(id: string): boolean
  }
  /** By the id of the document, the field that makes the reference. */
  places: Map<string, FieldPath>
  message: string
}

export type UnitOf<Kind extends Unit['kind']> = Extract<Unit, { kind: Kind }>

/** All problems between the documents, which are good by themselves and have distinct ids. */
export function findReferenceProblems(units: readonly Unit[]): ReferenceProblem[] {
  const hosts = units.filter((unit) => unit.kind === 'Host')
  const components = units.filter((unit) => unit.kind === 'Component')
  const hostSpecs = hostsOf(units)
  const hostNames = new Set(hostSpecs.map((host) => host.name))
  const componentNames = new Set(components.map((component) => component.name))
  const windowNames = new Set(units.flatMap(({ kind, name }) => (kind === 'Window' ? [name] : [])))
  return [
    ...hosts.flatMap((host) => jumpProblems(host, hostNames)),
    ...components.flatMap((component) => hostProblems(component, hostNames, hostSpecs)),
    ...components.flatMap((component) => windowProblems(component, windowNames)),
    ...components.flatMap((component) => canaryProblems(component, hostSpecs)),
    ...components.flatMap((component) => dependencyProblems(component, componentNames)),
    ...cycleProblems(hosts.map(jumpNode), 'the jump hosts lead in a circle'),
    ...cycleProblems(components.map(dependencyNode), 'the dependencies lead in a circle'),
  ]
}

/** Names of the hosts that a component is meant for, sorted; names that do not exist are kept. */
export function selectHosts({ value }: UnitOf<'Component'>, hosts: readonly HostSpec[]): string[] {
  const selector = value.hosts
  if (Array.isArray(selector)) return [...new Set(selector)].sort()
  const chosen = selector === 'all' ? hosts : hosts.filter((host) => hasLabels(host, selector.matchLabels))
  return chosen.map(({ name }) => name).sort()
}

function hasLabels(host: HostSpec, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(host.labels, key) && host.labels[key] === value)
}

function jumpProblems(host: UnitOf<'Host'>, known: ReadonlySet<string>): ReferenceProblem[] {
  const { jump } = host.value.ssh
  return jump === undefined ? [] : unknownName(host, jump, { kind: 'Host', path: ['spec', 'ssh', 'jump'], known })
}

function hostProblems(component: UnitOf<'Component'>, known: ReadonlySet<string>, hosts: readonly HostSpec[]) {
  const selector = component.value.hosts
  if (Array.isArray(selector))
    return selector.flatMap((name, at) =>
      unknownName(component, name, { kind: 'Host', path: ['spec', 'hosts', at], known }),
    )
  return selectHosts(component, hosts).length > 0 ? [] : [nothingSelected(component)]
}

function nothingSelected(component: UnitOf<'Component'>): ReferenceProblem {
  const isAll = component.value.hosts === 'all'
  return {
    concerned: [component.id],
    places: new Map([[component.id, ['spec', 'hosts']]]),
    message: isAll ? 'there is no Host at all' : 'there is no Host with these labels',
    missing: {
      solvedBy: (unit) => selectHosts(component, hostsBy(unit)).length > 0,
      mayBe: (id) => id.startsWith('Host/') || id === MANIFEST,
    },
  }
}

function windowProblems(component: UnitOf<'Component'>, known: ReadonlySet<string>): ReferenceProblem[] {
  const { window } = component.value
  return window === undefined ? [] : unknownName(component, window, { kind: 'Window', path: ['spec', 'window'], known })
}

function canaryProblems(component: UnitOf<'Component'>, hosts: readonly HostSpec[]): ReferenceProblem[] {
  const { canary } = component.value.policy.rollout ?? {}
  const chosen = selectHosts(component, hosts)
  if (canary === undefined || chosen.length === 0 || chosen.includes(canary)) return []
  return [
    {
      concerned: [component.id],
      places: new Map([[component.id, ['spec', 'rollout', 'canary']]]),
      message: `"${canary}" is none of the hosts of this component: ${chosen.slice(0, 10).join(', ')}`,
    },
  ]
}

function dependencyProblems(component: UnitOf<'Component'>, known: ReadonlySet<string>): ReferenceProblem[] {
  return component.value.policy.dependsOn.flatMap((dependency, at) =>
    unknownName(component, dependency.component, { kind: 'Component', path: ['spec', 'dependsOn', at], known }),
  )
}

const MANIFEST = unitId('Manifest', '')

/** The hosts that a document brings. */
function hostsBy(unit: Unit): HostSpec[] {
  if (unit.kind === 'Host') return [unit.value]
  return unit.kind === 'Manifest' ? defaultHosts(unit.value) : []
}

interface Reference {
  kind: Unit['kind']
  path: FieldPath
  known: ReadonlySet<string>
}

function unknownName(unit: Unit, name: string, { kind, path, known }: Reference): ReferenceProblem[] {
  if (known.has(name)) return []
  const id = unitId(kind, name)
  return [
    {
      concerned: [unit.id],
      places: new Map([[unit.id, path]]),
      message: `there is no ${kind} called "${name}"`,
      missing: {
        id,
        known,
        solvedBy: (it) => it.id === id || (kind === 'Host' && hostsBy(it).some((host) => host.name === name)),
        mayBe: (it) => it === id || (kind === 'Host' && it === MANIFEST),
      },
    },
  ]
}

function jumpNode(unit: UnitOf<'Host'>): Node {
  return { unit, next: [unit.value.ssh.jump ?? []].flat(), path: () => ['spec', 'ssh', 'jump'] }
}

function dependencyNode(unit: UnitOf<'Component'>): Node {
  const next = unit.value.policy.dependsOn.map((dependency) => dependency.component)
  return { unit, next, path: (index) => ['spec', 'dependsOn', index] }
}

interface Node {
  unit: Unit
  next: string[]
  /** The field that leads to the name at this index of `next`. */
  path(index: number): FieldPath
}

function cycleProblems(nodes: Node[], what: string): ReferenceProblem[] {
  const byName = new Map(nodes.map((node) => [node.unit.name, node]))
  return findCycles(new Map(nodes.map(({ unit, next }) => [unit.name, next]))).map((cycle) => {
    const members = cycle.flatMap((name) => byName.get(name) ?? [])
    const places = members.map(({ unit, next, path }, at): [string, FieldPath] => {
      const target = cycle[(at + 1) % cycle.length] ?? ''
      return [unit.id, path(next.indexOf(target))]
    })
    const shown = [...cycle, cycle[0]].join(' → ')
    return {
      concerned: members.map(({ unit }) => unit.id),
      places: new Map(places),
      message: `${what}: ${shown}`,
    }
  })
}
