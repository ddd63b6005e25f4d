// The example of docs/edge.md is read and rendered by the very code that it describes.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { desire } from '../../../src/controller/desire.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'

const page = readFileSync(new URL('../../../docs/edge.md', import.meta.url), 'utf8')
const [components = '', services = ''] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block)
const machine = (name: string, ip: string) => `    ${name}: { ip: ${ip}, hostname: ${name}.example.org }\n`
const manifest = `apiVersion: homeostat/v1
kind: Manifest
metadata: { name: lan }
spec:
  network: { domain: example.org }
  core_services:
${machine('caddy', '192.0.2.10')}${machine('dns', '192.0.2.13')}${machine('authentik', '192.0.2.12')}${machine('monitoring', '192.0.2.18')}
${services.replace(/^(?=.)/gm, '  ')}`

test('the example is good desired state, and its line in the manifest does what is said', () => {
  const { desired } = readDesiredState({ 'a.yaml': components, 'manifest.yaml': manifest }, {}, catalog)
  const { wishes, issues } = desire(desired, catalog)
  expect([...desired.issues, ...issues]).toEqual([])
  expect([...wishes].map(([key, { kind }]) => `${kind} ${key}`).sort()).toEqual([
    'deploy authentik@authentik',
    'deploy caddy-exporter@caddy',
    'deploy caddy@caddy',
    'deploy mail-relay@monitoring',
    'deploy unbound-exporter@dns',
    'deploy unbound@dns',
  ])
  expect(Object.keys(desired.hosts)).toContain('wiki')
  const wish = wishes.get('unbound@dns')
  const names = wish?.kind === 'deploy' ? wish.target.probes.find((probe) => probe.kind === 'dns') : undefined
  expect(names?.kind === 'dns' ? names.expect : []).toEqual(
    expect.arrayContaining([
      { name: 'wiki-1.example.org', addresses: ['192.0.2.20'] },
      { name: 'wiki.example.org', addresses: ['192.0.2.10'] },
    ]),
  )
  const proxy = wishes.get('caddy@caddy')
  expect(proxy?.kind === 'deploy' && proxy.target.probes.map(({ name }) => name)).toContain('sign-on wiki.example.org')
})
