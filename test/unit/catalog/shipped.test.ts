// The desired state that is shipped: read as a user's would be, rendered whole.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { desire } from '../../../src/controller/desire.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'

const DIRECTORY = join(import.meta.dirname, '../../../desired-state')
const names = readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
const texts = Object.fromEntries(names.map((name) => [name, readFileSync(join(DIRECTORY, name), 'utf8')]))

describe('the shipped desired state', () => {
  const { desired } = readDesiredState(texts, {}, catalog)
  const { wishes, issues } = desire(desired, catalog)

  test('has no problem', () => {
    expect([...desired.issues, ...issues]).toEqual([])
  })

  test('is the node exporter everywhere, Prometheus and Alertmanager on the monitoring host', () => {
    expect([...wishes].map(([key, { kind }]) => `${kind} ${key}`).sort()).toEqual([
      'deploy alertmanager@monitoring',
      'deploy node-exporter@caddy',
      'deploy node-exporter@dns',
      'deploy node-exporter@monitoring',
      'deploy node-exporter@postgresql',
      'deploy prometheus@monitoring',
    ])
  })

  test('scrapes only hosts that are there', () => {
    const wish = wishes.get('prometheus@monitoring')
    const probes = wish?.kind === 'deploy' ? wish.target.probes : []
    const targets = probes.find((probe) => probe.kind === 'prometheus-targets')?.expect ?? []
    const nodes = targets.filter(({ job }) => job === 'node').map(({ instance }) => instance)
    expect(nodes).toEqual(['caddy', 'dns', 'monitoring', 'postgresql'].map((host) => `${host}.nixmox.lan:9100`))
    expect(Object.keys(desired.hosts)).toEqual(['caddy', 'dns', 'monitoring', 'postgresql'])
  })

  test.each(names)('%s tells editors where its schema is', (name) => {
    const schema = `${'../'.repeat(name.split('/').length - 1)}.schema.json`
    expect(texts[name]?.split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema}`)
  })
})
