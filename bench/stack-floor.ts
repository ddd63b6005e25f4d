// The floor of the whole stack: per host one shell script that puts what we render and starts it, and nothing more. Pure.
import { puttingSql } from '../src/driver/systemd/postgres-sql.ts'
import type { Resource } from '../src/model/resource.ts'
import type { Target } from '../src/model/target.ts'
import { quote } from '../src/transport/quote.ts'
import { octal, of, scraperOf, unique } from './stack-inventory.ts'

/** File name → text, for `floor/start-stack.sh`: it ends when Prometheus has every target up. Secrets are in the targets already. */
export function floorScripts(targets: readonly Target[]): Record<string, string> {
  const scripts = [...Map.groupBy(targets, ({ host }) => host)].flatMap(([host, own]) => {
    const resources = unique(own.flatMap((target) => target.resources))
    const units = of(resources, 'unit').map(({ name }) => name)
    // It needs its database, which is on another host.
    const later = units.filter((name) => name.startsWith('grafana'))
    const { prometheus } = scraperOf(own.flatMap((target) => target.probes))
    const last = [...starting(later), ...(prometheus === undefined ? [] : [untilUp(prometheus)])]
    return [
      [
        `${host}.sh`,
        text([...putting(resources), ...starting(units.filter((name) => !later.includes(name))), ...sql(resources)]),
      ],
      ...(last.length === 0 ? [] : [[`${host}.last.sh`, text(last)]]),
    ]
  })
  return Object.fromEntries(scripts)
}

const text = (lines: string[]) => `set -e\numask 077\n${lines.join('\n')}\n`

function putting(resources: Resource[]): string[] {
  const directories = of(resources, 'directory')
  const files = of(resources, 'file')
  return [
    ...of(resources, 'user').flatMap(({ name, home, groups }) => [
      `getent group ${name} > /dev/null || groupadd --system ${name}`,
      `getent passwd ${name} > /dev/null || useradd --system --gid ${name} --no-create-home --home-dir ${quote(home)} ${name}`,
      // Some packages make their user without a group of its own.
      `usermod --append --groups ${[name, ...groups].join(',')} ${name}`,
    ]),
    ...directories.map((it) => `install -d -o ${it.owner} -g ${it.group} -m ${octal(it.mode)} ${quote(it.path)}`),
    ...files.map(
      ({ path, content }) =>
        `mkdir -p ${quote(path.replace(/\/[^/]*$/, ''))}; printf %s ${quote(content)} > ${quote(path)}`,
    ),
    ...[...Map.groupBy(files, (it) => `chown ${it.owner}:${it.group}`)].map(withPaths),
    ...[...Map.groupBy(files, (it) => `chmod ${octal(it.mode)}`)].map(withPaths),
    'systemctl daemon-reload',
  ]
}

function withPaths([command, files]: [string, { path: string }[]]): string {
  return `${command} ${files.map(({ path }) => quote(path)).join(' ')}`
}

function starting(units: string[]): string[] {
  const names = units.map(quote).join(' ')
  return units.length === 0 ? [] : [`systemctl enable --quiet ${names}`, `systemctl restart ${names}`]
}

function sql(resources: Resource[]): string[] {
  const statements = puttingSql(resources)
  return statements === ''
    ? []
    : [`printf %s ${quote(statements)} | runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 > /dev/null 2>&1`]
}

function untilUp({ address, port, targets }: { address: string; port: number; targets: number }): string {
  // As the playbook asks.
  const asking = `curl -sg 'http://${address}:${port}/api/v1/query?query=count(up%7Binstance!~%22localhost:.*%22%7D==1)'`
  return `until ${asking} | grep -q '"${targets}"\\]'; do sleep 0.1; done`
}
