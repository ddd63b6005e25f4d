// Grafana Labs' own package repository: where Loki, Promtail, Alloy and Grafana come from. Debian has none of them, and its `loki`
// is another program (linkage analysis), so the packages are taken from there and from nowhere else.
import type { FileResource, PackageResource } from '../model/resource.ts'
import { grafanaKey } from './grafana-key.ts'
import { file } from './resources.ts'

const ORIGIN = 'apt.grafana.com'
const KEYRING = '/etc/apt/keyrings/grafana.asc'
/** All that may come from there, for every component alike: so several on one host want the same files. */
const PACKAGES = 'alloy grafana loki promtail'

// The names are those of Grafana's installation guide: a source that somebody made by it is replaced, where a second one for
// the same address would stop apt ("Conflicting values set for option Signed-By").
const source: readonly FileResource[] = [
  file(KEYRING, grafanaKey),
  file('/etc/apt/sources.list.d/grafana.list', `deb [signed-by=${KEYRING}] https://${ORIGIN} stable main\n`),
  file('/etc/apt/preferences.d/grafana.pref', preferences()),
]

/** One of its packages, and the source itself: address, key and what may be taken from there. */
export function grafanaPackage(name: 'alloy' | 'grafana' | 'loki' | 'promtail'): (PackageResource | FileResource)[] {
  return [{ kind: 'package', name, origin: ORIGIN }, ...source]
}

/** The first record that fits decides, and those that name packages come before `*` (man apt_preferences). */
function preferences(): string {
  return [
    '# Written by Homeostat; a change made here is put back.',
    '# These packages come from there, even where that is a step back; never from elsewhere; and nothing else comes from there.',
    ...record(PACKAGES, `origin ${ORIGIN}`, 1001),
    ...record(PACKAGES, 'version *', -1),
    ...record('*', `origin ${ORIGIN}`, -1),
  ].join('\n')
}

function record(packages: string, pin: string, priority: number): string[] {
  return [`Package: ${packages}`, `Pin: ${pin}`, `Pin-Priority: ${priority}`, '']
}
