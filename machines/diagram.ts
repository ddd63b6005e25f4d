// Draws the lifecycle as a Mermaid state diagram, read from the machine itself, with the present state marked.
import { componentMachine } from './component.ts'

type Node = typeof componentMachine.root

interface Edge {
  from: string
  to: string
  label: string
}

const root = componentMachine.root as Node

/**
 * A `stateDiagram-v2`. `current` is a path such as `healthy.inSync`; one that does not exist marks nothing.
 * Mermaid draws no edges between the children of different states: those are lifted to the states on top, and the label
 * says which child they leave or enter.
 */
export function mermaidDiagram(current?: string): string {
  const tops = childrenOf(root)
  const edges = unique([root, ...tops, ...tops.flatMap(childrenOf)].flatMap(edgesOf))
  const leaf = tops.flatMap(childrenOf).find((child) => child.path.join('.') === current)
  const lines = [
    'stateDiagram-v2',
    `  [*] --> ${initialOf(root)}`,
    ...tops.flatMap((top) => drawState(top, edges, leaf)),
    '  state "any state" as anyState',
    ...edges.filter(({ from }) => !isInner(from)).map(drawEdge),
    ...(leaf === undefined ? [] : ['  classDef current fill:#2da44e,color:#ffffff', `  class ${idOf(leaf)} current`]),
  ]
  return `${lines.join('\n')}\n`
}

function drawState(top: Node, edges: readonly Edge[], current: Node | undefined): string[] {
  const children = childrenOf(top)
  const ids = children.map(idOf)
  const label = (child: Node) => (child === current ? `▶ ${child.key} (now)` : child.key)
  return [
    `  state ${top.key} {`,
    `    [*] --> ${initialOf(top)}`,
    ...children.map((child) => `    state "${label(child)}" as ${idOf(child)}`),
    ...edges.filter(({ from }) => ids.includes(from)).map((edge) => `  ${drawEdge(edge)}`),
    '  }',
  ]
}

function drawEdge({ from, to, label }: Edge): string {
  return `  ${from} --> ${to} : ${label}`
}

/** Every transition of this very node that leads to another state. */
function edgesOf(node: Node): Edge[] {
  return [...node.transitions].flatMap(([event, transitions]) =>
    transitions.flatMap(({ target }) => ((target ?? []) as Node[]).flatMap((to) => edgesTo(node, to, event))),
  )
}

function edgesTo(from: Node, to: Node, event: string): Edge[] {
  const isWithin = to.path.length === 2 && from.path[0] === to.path[0]
  if (!isWithin) return [liftedEdge(from, to, event)]
  // From a state to its own child is from each of its other children, unless one has an answer of its own.
  const sources = from.path.length === 1 ? childrenOf(from).filter((child) => !child.transitions.has(event)) : [from]
  return sources.filter((source) => source !== to).map((source) => ({ from: idOf(source), to: idOf(to), label: event }))
}

function liftedEdge(from: Node, to: Node, event: string): Edge {
  const leaves = from.path.length === 2 ? ` in ${from.key}` : ''
  const enters = to.path.length === 2 ? ` to ${to.key}` : ''
  return { from: from.path[0] ?? 'anyState', to: to.path[0] ?? 'anyState', label: `${event}${leaves}${enters}` }
}

function unique(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [drawEdge(edge), edge])).values()]
}

/** Ids of children carry the name of their parent, because two states may have children of the same name. */
function idOf(node: Node): string {
  return node.path.join('_')
}

function isInner(id: string): boolean {
  return id.includes('_')
}

function initialOf(node: Node): string {
  return ((node.initial?.target ?? []) as Node[]).map(idOf).join()
}

function childrenOf(node: Node): Node[] {
  return Object.values(node.states as Record<string, Node>)
}
