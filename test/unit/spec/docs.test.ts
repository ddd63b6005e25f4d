// The examples of docs/spec.md are read by the very code that they describe.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'
import { host, lineOf } from './given.ts'

const text = readFileSync(new URL('../../../docs/spec.md', import.meta.url), 'utf8')
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block)
const documents = blocks.filter(
  (block) => block.includes('kind: ') && !block.includes('spec: {}') && !block.startsWith('probes:'),
)
const probes = blocks.find((block) => block.startsWith('probes:')) ?? ''

/** What the examples refer to. */
const around =
  host('monitoring') +
  host('gateway') +
  '---\napiVersion: homeostat/v1\nkind: Component\nmetadata: { name: node-exporter }\nspec: { type: node-exporter, hosts: all }\n'

function issuesOf(examples: string[]): string[] {
  return readDesiredState({ 'a.yaml': [around, ...examples].join('---\n') }, {}, catalog).desired.issues.map(lineOf)
}

describe('the examples of docs/spec.md', () => {
  it('are good desired state', () => {
    expect(documents.length).toBeGreaterThan(3)
    expect(issuesOf(documents)).toEqual([])
  })

  it('have every kind of probe', () => {
    const component =
      'apiVersion: homeostat/v1\nkind: Component\nmetadata: { name: x }\nspec:\n  type: node-exporter\n  hosts: all\n  verify:\n'
    expect(issuesOf([`${component + probes.replace(/^/gm, '    ').trimEnd()}\n`])).toEqual([])
    for (const kind of ['systemd', 'http', 'tcp', 'dns', 'command', 'promql', 'prometheus-targets'])
      expect(probes).toContain(`kind: ${kind}`)
  })
})
