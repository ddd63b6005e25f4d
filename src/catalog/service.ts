// A service of a Debian package, run our way: one drop-in of our own beside the package's unit, which stays untouched, so
// that a package upgrade never meets a conffile we changed.
import { type FileResource, type Resource, resourceId, type UnitResource } from '../model/resource.ts'
import { directory, file } from './resources.ts'

export interface Run {
  /** Program and arguments; each becomes one line of `ExecStart=`. */
  run: string[]
  /** More lines for `[Service]`, for instance hardening. */
  service: readonly string[]
  /** Lines for `[Unit]`. */
  unit?: readonly string[]
  /** Files that the program reads only at its start, besides the drop-in. */
  restartOn?: FileResource[]
  /** Files that the program reads again when it is told to. */
  reloadOn?: FileResource[]
  /** Shell command that tells it so. Default: SIGHUP to its main process. */
  reload?: string
}

/** The drop-in with its directory, and the unit, enabled and running. A changed drop-in restarts it: flags are read at the start only. */
export function debianService(
  name: string,
  { run, service, unit = [], restartOn = [], reloadOn = [], reload = SIGHUP }: Run,
): Resource[] {
  const dropIn = file(dropInPath(name), dropInText(run, { service, unit, ...(reloadOn.length > 0 ? { reload } : {}) }))
  return [directory(dropInDirectory(name)), dropIn, runningUnit(name, { restartOn: [dropIn, ...restartOn], reloadOn })]
}

/** Where our drop-in for a unit lies. */
export function dropInPath(unit: string, name = 'homeostat.conf'): string {
  return `${dropInDirectory(unit)}/${name}`
}

function dropInDirectory(unit: string): string {
  return `/etc/systemd/system/${unit}.d`
}

/** A unit that is enabled and runs, restarted or reloaded when these files change. */
export function runningUnit(
  name: string,
  { restartOn = [], reloadOn = [] }: { restartOn?: FileResource[]; reloadOn?: FileResource[] },
): UnitResource {
  const ids = (files: FileResource[]) => files.map(resourceId)
  return { kind: 'unit', name, enabled: true, running: true, restartOn: ids(restartOn), reloadOn: ids(reloadOn) }
}

interface Lines {
  service: readonly string[]
  unit: readonly string[]
  reload?: string
}

/** Debian's units call /bin/kill, which a minimal installation lacks (it is in procps): the shell's own does the same. */
export const SIGHUP = 'kill -HUP $MAINPID'

function dropInText(run: string[], { service, unit, reload }: Lines): string {
  return [
    '# Written by Homeostat; a change made here is put back.',
    ...(unit.length === 0 ? [] : ['[Unit]', ...unit, '']),
    '[Service]',
    '# Empty first: the package reads its arguments from /etc/default, we give them here.',
    'EnvironmentFile=',
    'ExecStart=',
    `ExecStart=${run.map(quoteWord).join(' \\\n  ')}`,
    ...(reload === undefined ? [] : ['ExecReload=', `ExecReload=/bin/sh -c "${reload}"`]),
    ...service,
    '',
  ].join('\n')
}

const PLAIN = /^[A-Za-z0-9_@+:,./=^-]+$/

/** One word of a command line in a unit file: as `quoteSetting`, with `$` doubled too (man systemd.service, "Command lines"). */
export function quoteWord(word: string): string {
  return quoteSetting(word).replaceAll('$', '$$$$')
}

/** One word of a setting that takes a list, for instance a path: quoted where it must be, `%` doubled (man systemd.unit). */
export function quoteSetting(word: string): string {
  const literal = word.replaceAll('%', '%%')
  return PLAIN.test(word) ? literal : `"${literal.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
