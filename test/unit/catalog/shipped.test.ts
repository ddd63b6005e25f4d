// The desired state that is shipped: read as a user's would be, rendered whole.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { desire } from '../../../src/controller/desire.ts'
import { parseSopsFile } from '../../../src/secrets/sops-file.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'
import { isDocumentFile } from '../../../src/spec/document-file.ts'

const DIRECTORY = join(import.meta.dirname, '../../../desired-state')
const names = readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' }).filter(isDocumentFile)
const texts = Object.fromEntries(names.map((name) => [name, readFileSync(join(DIRECTORY, name), 'utf8')]))

describe('the shipped desired state', () => {
  const { desired } = readDesiredState(texts, {}, catalog)
  const { wishes, issues } = desire(desired, catalog, () => ({ digest: '0'.repeat(16) }))

  test('has no problem', () => {
    expect([...desired.issues, ...issues]).toEqual([])
  })

  test('is the whole monitoring stack, each part where it belongs', () => {
    expect([...wishes.values()].map(({ kind }) => kind)).toEqual([...wishes].map(() => 'deploy'))
    const hosts = Object.keys(desired.hosts)
    expect([...wishes.keys()].sort()).toEqual(
      [
        ...hosts.flatMap((host) => [`alloy@${host}`, `firewall@${host}`, `node-exporter@${host}`]),
        ...['alertmanager', 'grafana', 'loki', 'mail-relay', 'prometheus'].map((name) => `${name}@monitoring`),
        ...['authentik@authentik', 'caddy-exporter@caddy', 'caddy@caddy'],
        ...['postgres-exporter@postgresql', 'postgresql@postgresql', 'unbound-exporter@dns', 'unbound@dns'],
      ].sort(),
    )
  })

  test('uses every type that is not past its time', () => {
    const used = new Set(Object.values(desired.components).map(({ type }) => type))
    const unused = Object.values(catalog).filter(({ type, deprecated }) => !used.has(type) && deprecated === undefined)
    expect(unused.map(({ type }) => type)).toEqual(['custom'])
  })

  test('needs the secrets that are shipped, and no others', () => {
    const asked = new Set<string>()
    desire(desired, catalog, (name) => {
      asked.add(name)
      return { digest: '0'.repeat(16) }
    })
    const { leaves } = parseSopsFile(readFileSync(join(DIRECTORY, 'secrets.sops.yaml'), 'utf8'))
    expect(leaves.map(({ path }) => path.join('/'))).toEqual([...asked].sort())
  })

  test('scrapes only hosts that are there', () => {
    const wish = wishes.get('prometheus@monitoring')
    const probes = wish?.kind === 'deploy' ? wish.target.probes : []
    const targets = probes.find((probe) => probe.kind === 'prometheus-targets')?.expect ?? []
    const nodes = targets.filter(({ job }) => job === 'node').map(({ instance }) => instance)
    expect(nodes).toEqual(
      ['authentik', 'caddy', 'dns', 'monitoring', 'postgresql'].map((host) => `${host}.nixmox.lan:9100`),
    )
    expect(Object.keys(desired.hosts)).toEqual(['authentik', 'caddy', 'dns', 'monitoring', 'postgresql'])
  })

  test.each(names)('%s tells editors where its schema is', (name) => {
    const schema = `${'../'.repeat(name.split('/').length - 1)}.schema.json`
    expect(texts[name]?.split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema}`)
  })
})
