// Somebody else's service manifest as a Manifest document: what we have no use for is left behind, and said to be.
import { stringify } from 'yaml'
import { resourceName } from '../catalog/scalars.ts'
import type { Issue } from '../model/issue.ts'
import type { Manifest, ManifestService } from '../model/manifest.ts'
import { checkSchema } from './check-schema.ts'
import { API_VERSION } from './envelope.ts'
import { formatPath } from './field-path.ts'
import { manifestSpec, toManifest } from './manifest-document.ts'
import { readYaml, type YamlDocument } from './yaml-documents.ts'

export type Imported = { text: string; issues: [] } | { text: undefined; issues: Issue[] }

/**
 * `json` is the evaluated manifest, as NixMox's `service-manifest.nix` gives it; `file` is what it is called in messages and in the first
 * comment. The text is a whole file for a desired-state directory. `name` becomes metadata.name; default: made of the domain.
 */
export function importManifest(file: string, json: string, name?: string): Imported {
  const { documents, issues } = readYaml(file, json)
  const [document] = documents
  if (issues.length > 0 || document === undefined) return { text: undefined, issues }
  const checked = checkSchema(manifestSpec, document.value)
  if (checked.value === undefined) {
    const placed = checked.problems.map(({ path, atKey, message, suggestion }) => {
      const place = atKey ? document.locateKey(path) : document.locate(path)
      return { file, ...place, path: formatPath(path), message, ...(suggestion === undefined ? {} : { suggestion }) }
    })
    return { text: undefined, issues: placed }
  }
  const manifest = toManifest({ spec: checked.value })
  return { text: documentText(file, document, manifest, name ?? nameOf(manifest)), issues: [] }
}

function documentText(file: string, { value }: YamlDocument, manifest: Manifest, name: string): string {
  const left = leftBehind(value, manifest)
  const comments = [
    ' yaml-language-server: $schema=.schema.json',
    ` Imported from ${file}. What the network has: machines, ports, databases, sign-on, proxy entries, health.`,
    ...(left.length === 0 ? [] : [` Left behind, since nothing here reads it: ${left.join(', ')}.`]),
  ]
  const document = { apiVersion: API_VERSION, kind: 'Manifest', metadata: { name }, spec: brief(manifest) }
  return `${comments.map((line) => `#${line}\n`).join('')}${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`
}

/** `nixmox.lan` → `nixmox`. */
function nameOf({ network }: Manifest): string {
  const [first = ''] = network.domain.toLowerCase().split('.')
  return resourceName.safeParse(first).success ? first : 'manifest'
}

/** As people write it: without what is so by default, and a single proxy entry without a name. */
function brief({ network, core_services, services }: Manifest): unknown {
  return { network, core_services: mapped(core_services, briefService), services: mapped(services, briefService) }
}

function briefService({ ports, depends_on, interface: own, ...service }: ManifestService): unknown {
  const { proxy, dbs, db, ...rest } = own
  const single = proxy !== undefined && Object.keys(proxy).length === 1 ? proxy.default : undefined
  const parts = {
    ...(db === undefined ? {} : { db: briefDatabase(db) }),
    ...(dbs === undefined ? {} : { dbs: mapped(dbs, briefDatabase) }),
    ...rest,
    ...(proxy === undefined ? {} : { proxy: single ?? proxy }),
  }
  return {
    ...service,
    ...(ports.length === 0 ? {} : { ports }),
    ...(depends_on.length === 0 ? {} : { depends_on }),
    ...(Object.keys(parts).length === 0 ? {} : { interface: parts }),
  }
}

function briefDatabase({ additionaldbs, ...database }: { additionaldbs: string[] }): unknown {
  return additionaldbs.length === 0 ? database : { ...database, additionaldbs }
}

function mapped<T>(record: Record<string, T>, change: (value: T) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

/** Names of fields that are in the source and not in the manifest: of the whole, of the network, and of any service. */
function leftBehind(source: unknown, manifest: Manifest): string[] {
  const all = record(source)
  const services = (section: 'core_services' | 'services') =>
    Object.entries(record(all[section])).flatMap(([name, service]) => {
      const kept = Object.keys(manifest[section][name] ?? {})
      return missing(service, kept).map((field) => `${field} of services`)
    })
  return [
    ...new Set([
      ...missing(all, Object.keys(manifest)),
      ...missing(all.network, Object.keys(manifest.network)).map((field) => `network.${field}`),
      ...services('core_services'),
      ...services('services'),
    ]),
  ]
}

function missing(source: unknown, kept: string[]): string[] {
  return Object.keys(record(source)).filter((field) => !kept.includes(field))
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
