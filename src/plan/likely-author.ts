// Who may have made a difference, by what the host's logs tell: likely, and no more.
import type { Author, Deed } from '../model/deed.ts'
import type { Change, Diff } from '../model/diff.ts'

/** How long before the change somebody may have begun. */
export const LOOK_BACK_MS = 60 * 60_000
/** Logs and files have their times from different clocks of one host. */
export const SLACK_MS = 1_000

/**
 * The last who named what was changed, at the latest when it was; else whose packages were being changed just then, else the last who
 * became root, else the last who came in. Undefined where nobody is known. `changedAtMs` is the host's time.
 */
export function likelyAuthor({ changes }: Diff, deeds: readonly Deed[], changedAtMs: number): Author | undefined {
  const names = changes.flatMap(namesOf)
  const packages = changes.flatMap(({ resource }) => (resource.startsWith('package:') ? [rest(resource)] : []))
  const before = deeds
    .filter(({ atMs }) => atMs <= changedAtMs + SLACK_MS && atMs >= changedAtMs - LOOK_BACK_MS)
    .sort((a, b) => b.atMs - a.atMs)
  const ranks: ((deed: Deed) => boolean)[] = [
    ({ by, what }) => by === 'sudo' && wordsNaming(what, names).length > 0,
    ({ by, what }) => by === 'apt' && packages.some((name) => changesPackage(what, name)),
    ({ by, endedAtMs }) => by === 'apt' && endedAtMs !== undefined && endedAtMs + SLACK_MS >= changedAtMs,
    ({ by }) => by === 'sudo' || by === 'su',
    ({ by }) => by === 'ssh' || by === 'login',
  ]
  const likely = ranks.map((rank) => before.find(rank)).find((deed) => deed !== undefined)
  if (likely === undefined) return undefined
  const { user, by, atMs } = likely
  const what = shortOf(likely, names)
  return { user, by, atMs, ...(what === '' ? {} : { what }) }
}

/** `likely ada, by sudo at 12:03:04 UTC: vim /etc/motd`. */
export function authorText({ user, by, atMs, what }: Author): string {
  const two = (count: number) => String(Math.floor(count)).padStart(2, '0')
  const seconds = Math.floor(atMs / 1000) % 86_400
  const time = [seconds / 3_600, (seconds / 60) % 60, seconds % 60].map(two).join(':')
  return `likely ${user}, by ${by} at ${time} UTC${what === undefined ? '' : `: ${what}`}`
}

/** Words by which a command may mean the resource. */
function namesOf({ resource }: Change): string[] {
  const name = rest(resource)
  if (resource.startsWith('file:') || resource.startsWith('directory:'))
    return [name, name.slice(name.lastIndexOf('/') + 1)]
  return resource.startsWith('unit:') ? [name, name.replace(/\.service$/, '')] : [name]
}

function rest(resource: string): string {
  return resource.slice(resource.indexOf(':') + 1)
}

/** What was typed beside may hold a password: only the words that are known to be names are taken. */
function wordsNaming(command: string, names: readonly string[]): string[] {
  const words = command.split(/[\s'"=;|&<>(){}]+/)
  return [...new Set(names.filter((name) => words.some((word) => word === name || word.endsWith(`/${name}`))))]
}

function changesPackage(changes: string, name: string): boolean {
  return changes.split(/[\s,;]+/).some((word) => word.split(':')[0] === name)
}

const SHOWN = 200

function shortOf({ by, what }: Deed, names: readonly string[]): string {
  if (by === 'ssh') return `from ${what}`.slice(0, SHOWN)
  if (by === 'apt')
    return names
      .filter((name) => changesPackage(what, name))
      .join(' ')
      .slice(0, SHOWN)
  if (by !== 'sudo') return ''
  const program = /^[A-Za-z0-9_.+/-]+/.exec(what)?.[0] ?? ''
  const [named] = wordsNaming(what, names)
  return [program.slice(program.lastIndexOf('/') + 1), ...(named === undefined ? [] : [named])]
    .join(' ')
    .slice(0, SHOWN)
}
