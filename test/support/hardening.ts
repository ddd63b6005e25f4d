// What `systemd-analyze security` says of our units on a host, and what docs/catalog.md says that it says.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Lab } from '../../src/lab/lab.ts'

const DOCUMENT = resolve(import.meta.dirname, '../../docs/catalog.md')
const ROW = /^\| `([\w@.-]+\.service)` \| ([0-9.]+) \|/gm

/** By unit, the exposure that the table names: 0 is nothing at all, 10 everything. */
export async function documentedExposure(): Promise<Record<string, number>> {
  const rows = (await readFile(DOCUMENT, 'utf8')).matchAll(ROW)
  return Object.fromEntries([...rows].map(([, unit, figure]) => [unit, Number(figure)]))
}

/** By unit, the exposure of every service that has a unit file or drop-in of ours on the host. Rejects where there is none. */
export async function exposureOn(lab: Lab, host: string): Promise<Record<string, number>> {
  const said = await lab.shell(host, ANALYZE)
  const rows = said.trim().split('\n').filter(Boolean)
  if (rows.length === 0) throw new Error(`${host} has no service of ours`)
  return Object.fromEntries(rows.map((row) => row.split(' ')).map(([unit, figure]) => [unit, Number(figure)]))
}

/** A template is judged by an instance of it. */
const ANALYZE = `cd /etc/systemd/system
for file in $(grep -ls 'Written by Homeostat' ./*.service ./*.service.d/homeostat.conf); do
  unit=\${file#./} unit=\${unit%.d/homeostat.conf}
  case $unit in
    *@.service) asked=\${unit%.service}0.service ;;
    *) asked=$unit ;;
  esac
  printf '%s %s\\n' "$unit" "$(systemd-analyze security --no-pager "$asked" | sed -n 's/.*Overall exposure level for .*: \\([0-9.]*\\) .*/\\1/p')"
done`
