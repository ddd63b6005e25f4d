// What scripts/trace.sh prints → deeds. Everything in it is untrusted: odd lines are left out, texts are cut and made harmless. Pure.
import type { Deed } from '../../model/deed.ts'
import { beginningOf, escapeControl } from '../../model/escape-control.ts'
import type { Trace } from '../driver.ts'
import { expectSections, splitSections } from './frames.ts'
import { parseShown } from './show-files.ts'

const MOST_DEEDS = 200
const LONGEST = 2_000

/** `paths` are those that were asked for, in their order. Throws `AnswerError` where the frame is broken. */
export function parseTrace(output: string, paths: readonly string[], mark: string): Trace {
  const { caller, journal, packages, files } = expectSections(splitSections(output, mark), SECTIONS)
  const [user = '', from = '', zone = ''] = caller.split('\n')
  const own = { user, from }
  const deeds = [...journal.split('\n').flatMap(journalDeed), ...packages.split(/\n\s*\n/).flatMap(aptDeed(zone))]
  return {
    deeds: deeds.filter((deed) => !isOurs(deed, own)).slice(0, MOST_DEEDS),
    contents: parseShown(files, paths),
  }
}

const SECTIONS = ['caller', 'journal', 'packages', 'files'] as const

/** What we do ourselves is logged too: our logins, and the command that every script of ours runs in. */
function isOurs({ by, user, what }: Deed, own: { user: string; from: string }): boolean {
  if (user !== own.user) return false
  if (by === 'ssh') return own.from === '' || what === own.from
  return by === 'sudo' && /^\S*\/timeout -k 5 \d+ sh -c /.test(what)
}

function journalDeed(line: string): Deed[] {
  if (!line.startsWith('{')) return []
  try {
    const { _COMM: program, MESSAGE: message, __REALTIME_TIMESTAMP: time } = JSON.parse(line) as Record<string, unknown>
    if (typeof program !== 'string' || typeof message !== 'string') return []
    const told = TELLING[program]?.(message.slice(0, LONGEST))
    const atMs = Math.floor(Number(time) / 1000)
    return told === undefined || !Number.isSafeInteger(atMs) ? [] : [{ atMs, ...told, ...harmless(told) }]
  } catch {
    return []
  }
}

type Told = Pick<Deed, 'by' | 'user' | 'what'>

/** By program: what a line of its own form tells. */
const TELLING: Record<string, (message: string) => Told | undefined> = {
  sudo: (message) => told('sudo', /^\s*(\S+) : (?:HOST=\S+ ; )?(?:TTY|PWD)=.*? ; COMMAND=(.*)$/s.exec(message)),
  su: (message) => told('su', /^\(to \S+\) (\S+) on (\S+)/.exec(message)),
  sshd: (message) => told('ssh', /^Accepted \S+ for (\S+) from (\S+) port /.exec(message)),
  'sshd-session': (message) => told('ssh', /^Accepted \S+ for (\S+) from (\S+) port /.exec(message)),
  login: (message) => told('login', /^pam_unix\(login:session\): session opened for user ([^\s(]+)()/.exec(message)),
}

function told(by: Deed['by'], match: RegExpExecArray | null): Told | undefined {
  const [, user, what = ''] = match ?? []
  return user === undefined ? undefined : { by, user, what }
}

function harmless({ user, what }: Pick<Deed, 'user' | 'what'>): Pick<Deed, 'user' | 'what'> {
  return { user: beginningOf(escapeControl(user), 64), what: beginningOf(escapeControl(what), LONGEST) }
}

/** An entry of apt's history (man apt-get, /var/log/apt/history.log), whose times are the host's local ones. */
function aptDeed(zone: string): (entry: string) => Deed[] {
  return (entry) => {
    const fields = Object.fromEntries(
      entry.split('\n').flatMap((line) => {
        const [, name, value] = /^([A-Z][A-Za-z-]*): (.*)$/.exec(line) ?? []
        return name === undefined || value === undefined ? [] : [[name, value] as const]
      }),
    )
    const atMs = localTime(fields['Start-Date'], zone)
    if (atMs === undefined) return []
    const changes = ['Install', 'Reinstall', 'Upgrade', 'Downgrade', 'Remove', 'Purge']
    const what = changes.flatMap((name) => (fields[name] === undefined ? [] : [`${name} ${fields[name]}`])).join('; ')
    const user = /^(\S+) \(\d+\)$/.exec(fields['Requested-By'] ?? '')?.[1] ?? 'root'
    const endedAtMs = localTime(fields['End-Date'], zone)
    return [{ atMs, ...(endedAtMs && { endedAtMs }), by: 'apt', ...harmless({ user, what: what.slice(0, LONGEST) }) }]
  }
}

function localTime(text = '', zone: string): number | undefined {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2}) {1,2}(\d{2}:\d{2}:\d{2})$/.exec(text) ?? []
  const offset = /^([+-]\d{2})(\d{2})$/.exec(zone)
  if (day === undefined || offset === null) return undefined
  const atMs = Date.parse(`${day}T${time}${offset[1]}:${offset[2]}`)
  return Number.isNaN(atMs) ? undefined : atMs
}
