// Draws the lifecycle as a Mermaid state diagram, read from the machine itself, with the present state marked.
import { componentMachine } from './component.ts'

type Node = typeof componentMachine.root

interface Edge {
  from: string
  to: string
  label: string
}

/**
 * A `stateDiagram-v2`. `current` is a path such as `healthy.inSync`; one that does not exist marks nothing.
 * Mermaid draws no edges between the children of different states: those are lifted to the states on top, and the label
 * says which child they leave or enter.
 */
export function mermaidDiagram(current?: string): string {
  const tops = childrenOf(componentMachine.root as Node)
  const anywhere = edgesOf(componentMachine.root as Node)
  const lines = [
    'stateDiagram-v2',
    `  [*] --> ${initialOf(componentMachine.root as Node)}`,
    ...tops.flatMap((top) => drawState(top, current)),
    ...tops
      .flatMap((top) =>
        [top, ...childrenOf(top)].flatMap(edgesOf).filter(({ from, to }) => isOnTop(from) && isOnTop(to)),
      )
      .map(drawEdge),
    ...(anywhere.length > 0 ? ['  state "any state" as anywhere', ...anywhere.map(drawEdge)] : []),
    '  classDef current fill:#2da44e,color:#ffffff,stroke:#116329,stroke-width:3px',
    ...(current !== undefined && tops.some((top) => childrenOf(top).some((child) => child.path.join('.') === current))
      ? [`  class ${current.replace('.', '_')} current`]
      : []),
  ]
  return `${[...new Set(lines)].join('\n')}\n`
}

function drawState(top: Node, current: string | undefined): string[] {
  const children = childrenOf(top)
  const inside = children.flatMap(edgesOf).filter(({ from, to }) => !isOnTop(from) && !isOnTop(to))
  return [
    `  state ${top.key} {`,
    `    [*] --> ${initialOf(top)}`,
    ...children.map((child) => `    state "${labelOf(child, current)}" as ${idOf(child)}`),
    ...inside.map((edge) => `  ${drawEdge(edge)}`),
    '  }',
  ]
}

function labelOf(child: Node, current: string | undefined): string {
  return child.path.join('.') === current ? `▶ ${child.key} (now)` : child.key
}

function drawEdge({ from, to, label }: Edge): string {
  return `  ${from} --> ${to} : ${label}`
}

/** Every transition out of this very node that has a target. */
function edgesOf(node: Node): Edge[] {
  const edges: Edge[] = []
  for (const [event, transitions] of node.transitions)
    for (const transition of transitions)
      for (const target of (transition.target ?? []) as Node[]) edges.push(edge(node, target, event))
  return edges
}

function edge(from: Node, to: Node, event: string): Edge {
  const isWithin = from.path.length === 2 && to.path.length === 2 && from.path[0] === to.path[0]
  if (isWithin) return { from: idOf(from), to: idOf(to), label: event }
  const leaves = from.path.length === 2 ? ` in ${from.key}` : ''
  const enters = to.path.length === 2 ? ` to ${to.key}` : ''
  return { from: from.path[0] ?? 'anywhere', to: to.path[0] ?? 'anywhere', label: `${event}${leaves}${enters}` }
}

function isOnTop(id: string): boolean {
  return !id.includes('_')
}

function idOf(node: Node): string {
  return node.path.join('_')
}

function initialOf(node: Node): string {
  const [first] = (node.initial?.target ?? []) as Node[]
  return first === undefined ? '[*]' : idOf(first)
}

function childrenOf(node: Node): Node[] {
  return Object.values(node.states as Record<string, Node>)
}
