// Renders one component of a small desired state written as plain data: the catalog on its own, without the YAML documents.

import type { Peer, RenderContext } from '../../src/catalog/define-type.ts'
import { catalog } from '../../src/catalog/registry.ts'
import type { AlertRules } from '../../src/model/alert-rules.ts'
import type { Dashboard } from '../../src/model/dashboard.ts'
import type { HostSpec } from '../../src/model/host.ts'
import type { Manifest, ManifestNetwork, ManifestService } from '../../src/model/manifest.ts'
import type { Rendered } from '../../src/model/target.ts'

type Services = Record<string, Partial<ManifestService>>

export interface Given {
  component: string
  host: string
  /** Addresses by name. */
  hosts: Record<string, string>
  components: Record<
    string,
    { type: string; hosts: string[]; options?: unknown; enabled?: boolean; dependsOn?: string[] }
  >
  manifest?: { network?: Partial<ManifestNetwork>; core_services?: Services; services?: Services } | undefined
  dashboards?: Dashboard[]
  alertRules?: AlertRules[]
  files?: Record<string, string>
}

/** Throws what the type throws: `ZodError` for options, `RenderError` for the rest. */
export function renderGiven(given: Given): Rendered {
  const wanted = given.components[given.component]
  const type = catalog[wanted?.type ?? '']
  if (wanted === undefined || type === undefined) throw new Error(`the fixture has no component ${given.component}`)
  return type.render(type.options.parse(wanted.options ?? {}), contextOf(given))
}

export function contextOf(given: Given): RenderContext {
  return {
    component: given.component,
    host: hostOf(given, given.host),
    manifest: manifestOf(given.manifest),
    peers: Object.keys(given.components)
      .sort()
      .map((name) => peerOf(given, name)),
    dashboards: given.dashboards ?? [],
    alertRules: given.alertRules ?? [],
    file: (path) => given.files?.[path],
  }
}

function peerOf(given: Given, name: string): Peer {
  const { type = '', hosts = [], options = {}, enabled = true, dependsOn = [] } = given.components[name] ?? {}
  const parsed = catalog[type]?.options.parse(options)
  const needs = dependsOn.map((component) => ({ component, soft: false }))
  return { name, type, enabled, hosts: hosts.map((host) => hostOf(given, host)), dependsOn: needs, options: parsed }
}

function hostOf(given: Given, name: string): HostSpec {
  const ssh = { user: 'root', port: 22, hostKeys: [], sudo: false }
  return { name, address: given.hosts[name] ?? name, platform: 'debian', connection: 'ssh', ssh, labels: {} }
}

function manifestOf(manifest: Given['manifest']): Manifest | undefined {
  if (manifest === undefined) return undefined
  const { network = {}, core_services = {}, services = {} } = manifest
  return {
    network: { domain: 'nixmox.lan', ...network },
    core_services: servicesOf(core_services),
    services: servicesOf(services),
  }
}

function servicesOf(services: Services): Record<string, ManifestService> {
  const usual = { enable: true, ip: '', hostname: '', ports: [], depends_on: [], interface: {} }
  return Object.fromEntries(Object.entries(services).map(([name, service]) => [name, { ...usual, ...service }]))
}
