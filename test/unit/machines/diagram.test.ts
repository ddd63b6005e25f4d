// The Mermaid diagram shows the machine as it is.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { componentMachine } from '../../../machines/component.ts'
import { mermaidDiagram } from '../../../machines/diagram.ts'

const leaves = Object.entries(componentMachine.states).flatMap(([top, { states }]) =>
  Object.keys(states).map((child) => `${top}.${child}`),
)

describe('mermaidDiagram', () => {
  it('is a state diagram with every state of the machine, each within its own', () => {
    const text = mermaidDiagram()
    expect(text.split('\n')[0]).toBe('stateDiagram-v2')
    for (const leaf of leaves) expect(text).toContain(` as ${leaf.replace('.', '_')}`)
    expect(text.match(/\{$/gm)).toHaveLength(text.match(/^ {2}\}$/gm)?.length ?? 0)
  })

  it.each(leaves)('marks %s, and only it, when it is the present state', (leaf) => {
    const text = mermaidDiagram(leaf)
    expect(text.match(/\(now\)/g)).toHaveLength(1)
    expect(text).toContain(`(now)" as ${leaf.replace('.', '_')}`)
    expect(text).toContain(`class ${leaf.replace('.', '_')} current`)
  })

  it('is what the documentation shows: who changes the machine draws it anew there', () => {
    const page = readFileSync(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8')
    expect(/```mermaid\n([\s\S]*?)```/.exec(page)?.[1]).toBe(mermaidDiagram())
  })

  it('marks the present state by its name and its colour', () => {
    const plain = mermaidDiagram().replace('"degraded" as', '"▶ degraded (now)" as')
    const marked = '  classDef current fill:#2da44e,color:#ffffff\n  class healthy_degraded current\n'
    expect(mermaidDiagram('healthy.degraded')).toBe(`${plain}${marked}`)
  })

  it('marks nothing for a state that there is not', () => {
    expect(mermaidDiagram('melted.down')).toBe(mermaidDiagram())
  })

  it('draws no edge between the children of different states, which Mermaid cannot', () => {
    const edges = [...mermaidDiagram().matchAll(/^ *(\S+) --> (\S+) :/gm)].map(([, from = '', to = '']) => [from, to])
    expect(edges.length).toBeGreaterThan(20)
    const isInner = (id: string) => id.includes('_')
    const crossing = edges.filter(([from = '', to = '']) => isInner(from) || isInner(to))
    for (const [from = '', to = ''] of crossing) expect(from.split('_')[0], `${from} → ${to}`).toBe(to.split('_')[0])
  })

  it('ends every edge at a state that it draws', () => {
    const text = mermaidDiagram()
    const drawn = [...text.matchAll(/state (?:"[^"]*" as )?(\S+)/g)].map(([, id]) => id)
    for (const [, from, to] of text.matchAll(/^ *(\S+) --> (\S+)/gm))
      for (const id of [from, to]) if (id !== '[*]') expect(drawn).toContain(id)
  })
})
