// Which facts the lifecycle has a use for in its present state, and where they may lead: read from the machine itself.
import type { LifecycleSnapshot } from '../src/model/status.ts'
import { componentMachine } from './component.ts'
import type { FactType } from './facts.ts'

export interface NextEvent {
  event: FactType
  /** States it may lead to, `failed.retrying` for instance, in the order in which the guards are asked; none: it stays. */
  leadsTo: string[]
}

type Node = typeof componentMachine.root
type Transition = Node['transitions'] extends Map<string, (infer T)[]> ? T : never

/**
 * The facts that would change something now, innermost state first. Guards depend on the fact and are not asked: every
 * branch that could be taken is listed. A value that the machine does not know gives none.
 */
export function nextEvents(snapshot: Pick<LifecycleSnapshot, 'value'>): NextEvent[] {
  const open = new Map<string, Transition[]>()
  const closed = new Set<string>()
  for (const node of activeNodes(snapshot.value)) {
    for (const [event, transitions] of node.transitions) {
      if (closed.has(event)) continue
      const [reachable, isFinal] = untilUnguarded(transitions)
      open.set(event, [...(open.get(event) ?? []), ...reachable])
      if (isFinal) closed.add(event)
    }
  }
  return [...open]
    .filter(([, transitions]) => transitions.some(doesSomething))
    .map(([event, transitions]) => ({ event: event as FactType, leadsTo: targetsOf(transitions) }))
}

/** The state's node and those around it, innermost first. */
function activeNodes(value: unknown): Node[] {
  const nodes: Node[] = [componentMachine.root as Node]
  for (const name of pathOf(value)) {
    const child: Node | undefined = Object.hasOwn(nodes[0]?.states ?? {}, name)
      ? childOf(nodes[0] as Node, name)
      : undefined
    if (child === undefined) return []
    nodes.unshift(child)
  }
  return nodes[0] !== undefined && Object.keys(nodes[0].states).length === 0 ? nodes : []
}

function childOf(node: Node, name: string): Node | undefined {
  return (node.states as Record<string, Node>)[name]
}

function pathOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  const [entry] = value !== null && typeof value === 'object' ? Object.entries(value) : []
  return entry === undefined ? [] : [entry[0], ...pathOf(entry[1])]
}

/** What is after a transition without a guard is never asked, in this state or in those around it. */
function untilUnguarded(transitions: readonly Transition[]): [reachable: Transition[], isFinal: boolean] {
  const last = transitions.findIndex((transition) => transition.guard === undefined)
  return last < 0 ? [[...transitions], false] : [transitions.slice(0, last + 1), true]
}

/** `DISABLED: {}` only shields the fact from the states around: nothing happens. */
function doesSomething({ target, actions }: Transition): boolean {
  return target !== undefined || actions.length > 0
}

function targetsOf(transitions: readonly Transition[]): string[] {
  const targets = transitions.flatMap((transition) => (transition.target ?? []) as Node[])
  return [...new Set(targets.map((node) => leafOf(node).path.join('.')))]
}

/** Where one ends up on entering a state: its initial child. */
export function leafOf(node: Node): Node {
  const [first] = (node.initial?.target ?? []) as Node[]
  return first === undefined ? node : leafOf(first)
}
