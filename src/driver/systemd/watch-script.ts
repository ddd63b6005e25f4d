// What is to be watched on a host → the script that watches, and its lines → events. Pure; what it calls is in `scripts/watch.sh` and
// `scripts/watch.pl`.
import { dirname } from 'node:path/posix'
import { quote } from '../../transport/quote.ts'
import type { WatchEvent, Watched } from '../driver.ts'
import { isPath, isUnitName } from './names.ts'
import { printable } from './printable.ts'

/** A channel is made anew after this, so that nothing of it stays on a host for longer. */
export const WATCH_SECONDS = 3_600
/** Each takes some of the watches that a user has, 8192 and more (man 7 inotify). What is beyond is found by the next resync. */
const MOST_PATHS = 500
/** dpkg replaces it with every change of a package. */
const DPKG_STATUS = '/var/lib/dpkg/status'

/** What is watched together: when one of the paths changes, these components are concerned. */
export interface WatchGroup {
  /** Undefined: the whole host. */
  component: string | undefined
  paths: string[]
}

export function watchGroups(watched: Watched): WatchGroup[] {
  let room = MOST_PATHS - 1
  const groups = Object.entries(watched.components).flatMap(([component, { paths }]) => {
    const places = [...new Set(paths.filter(isPath).map(placeOf))].sort().slice(0, room)
    room -= places.length
    return places.length === 0 ? [] : [{ component, paths: places }]
  })
  return [{ component: undefined, paths: [DPKG_STATUS] }, ...groups]
}

/** Below /etc all files of a directory at once: it is quiet there, and one watch serves them all. */
function placeOf(path: string): string {
  const above = dirname(path)
  return path.startsWith('/etc/') && above !== '/etc' ? above : path
}

/** Texts of `watch.sh` and `watch.pl`. */
export interface WatchLibrary {
  shell: string
  program: string
}

/** `unit` names the transient service, without its suffix, and is used once. */
export function watchScript(watched: Watched, { shell, program }: WatchLibrary, unit: string): string {
  const call = (name: string, words: string[]) => [name, ...words.map(quote)].join(' ')
  const words = watchGroups(watched).flatMap(({ component = '', paths }, number) =>
    paths.flatMap((path) => [String(number), component, path]),
  )
  const units = Object.values(watched.components).flatMap((component) => component.units.filter(isUnitName))
  const end = `end of ${unit}`
  return `systemd-run --quiet --collect --pipe --unit=${quote(unit)} --description='Homeostat watches this host' \\
  --property=RuntimeMaxSec=${WATCH_SECONDS + 60} --property=TimeoutStopSec=5 /bin/sh -s << '${end}'
export LC_ALL=C.UTF-8 TZ=UTC
${shell}
watch_program() {
cat << 'end of ${unit}.pl'
${program}
end of ${unit}.pl
}
main() {
${call('watch_files', words)}
${call('follow', [`${unit}.service`, ...new Set(units)])}
}
main < /dev/null
${end}
`
}

/** Lines of the script's output → events. What no line can be is passed over: a pass looks anyway. */
export function watchReader(watched: Watched): (line: string) => WatchEvent | undefined {
  const groups = watchGroups(watched)
  const componentsOf = new Map<string, string[]>()
  for (const [component, { units }] of Object.entries(watched.components)) {
    for (const name of units) componentsOf.set(name, [...(componentsOf.get(name) ?? []), component])
  }
  return (line) => {
    if (line === 'ready') return { kind: 'ready' }
    if (line.startsWith('! ')) return { kind: 'unwatched', message: printable(line.slice(2), 500) }
    if (line.startsWith('+ ')) return changeOf(groups[Number(line.slice(2))])
    if (!line.startsWith('{')) return undefined
    const entry = entryOf(line)
    // Two spoke at once: whatever it was about.
    if (entry === undefined) return { kind: 'changed' }
    const components = componentsOf.get(entry.unit)
    return components && { kind: 'changed', components }
  }
}

function changeOf(group: WatchGroup | undefined): WatchEvent | undefined {
  if (group === undefined) return undefined
  return group.component === undefined ? { kind: 'changed' } : { kind: 'changed', components: [group.component] }
}

/** The unit that an entry of the journal is about, `''` for none; undefined for what is no entry. */
function entryOf(line: string): { unit: string } | undefined {
  try {
    const { UNIT } = JSON.parse(line) as { UNIT?: unknown }
    return { unit: typeof UNIT === 'string' ? UNIT : '' }
  } catch {
    return undefined
  }
}
