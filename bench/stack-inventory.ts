// What Ansible is given for the whole stack: the files that we render, and per host what is to be there, out of the same targets.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { puttingSql } from '../src/driver/systemd/postgres-sql.ts'
import type { HttpProbe } from '../src/model/probe.ts'
import type { Resource } from '../src/model/resource.ts'
import type { Target } from '../src/model/target.ts'

type Kind<K extends Resource['kind']> = Extract<Resource, { kind: K }>

/** Writes `files/HOST/…` and `host_vars/HOST.json`; secrets are in the targets already. */
export async function writeStackInventory(directory: string, targets: readonly Target[]): Promise<void> {
  const byHost = Map.groupBy(targets, ({ host }) => host)
  await mkdir(join(directory, 'host_vars'), { recursive: true })
  for (const [host, own] of byHost) {
    const resources = unique(own.flatMap((target) => target.resources))
    for (const { path, content } of of(resources, 'file')) await put(join(directory, 'files', host, path), content)
    const probes = own.flatMap((target) => target.probes)
    const pages = new Map(probes.flatMap(pageOf).map((page) => [JSON.stringify(page), page]))
    const variables = { ...variablesOf(resources), pages: [...pages.values()], ...scraperOf(probes) }
    await put(join(directory, 'host_vars', `${host}.json`), JSON.stringify(variables))
  }
}

function variablesOf(resources: Resource[]) {
  const files = of(resources, 'file')
  const database = files.some(({ path }) => path.endsWith('/grafana/secrets/database-password'))
  const sql = puttingSql(resources)
  return {
    packages: of(resources, 'package').map(({ name }) => name),
    users: of(resources, 'user').map(({ name, home, groups }) => ({ name, home, groups })),
    directories: of(resources, 'directory').map(({ path, owner, group, mode }) => ({
      path,
      owner,
      group,
      mode: octal(mode),
    })),
    configuration: files.map(({ path, owner, group, mode }) => ({ path, owner, group, mode: octal(mode) })),
    checks: files.flatMap(({ path, validate }) =>
      validate === undefined ? [] : [validate.map((word) => word.replaceAll('{staged}', path))],
    ),
    // Grafana last: it is the one that needs something from another host.
    units: of(resources, 'unit')
      .map(({ name }) => name)
      .sort((a, b) => Number(a.startsWith('grafana')) - Number(b.startsWith('grafana'))),
    ...(database ? { database: 'monitoring' } : {}),
    ...(sql === '' ? {} : { sql }),
  }
}

/** Where Prometheus is asked, and how many targets it is to have. */
export function scraperOf(probes: Target['probes']): {
  prometheus?: { address: string; port: number; targets: number }
} {
  const [probe] = probes.filter((it) => it.kind === 'prometheus-targets')
  if (probe === undefined) return {}
  return { prometheus: { address: probe.address, port: probe.port, targets: probe.expect.length } }
}

/** Readiness pages without TLS, with the statuses that count. */
function pageOf(probe: Target['probes'][number]): { url: string; status: number[]; headers: Record<string, string> }[] {
  if (probe.kind !== 'http' || probe.tls !== undefined) return []
  const { address, port, path, headers = {}, expect }: HttpProbe = probe
  if (expect.status === 'any') return []
  return [{ url: `http://${address}:${port}${path}`, status: expect.status, headers }]
}

export function of<K extends Resource['kind']>(resources: readonly Resource[], kind: K): Kind<K>[] {
  return resources.filter((resource): resource is Kind<K> => resource.kind === kind)
}

/** Several components of a host declare the same package source. */
export function unique(resources: readonly Resource[]): Resource[] {
  const place = (resource: Resource) => `${resource.kind} ${'path' in resource ? resource.path : resource.name}`
  return [...new Map(resources.map((resource) => [place(resource), resource])).values()]
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { mode: 0o600 })
}
