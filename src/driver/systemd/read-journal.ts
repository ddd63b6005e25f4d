// What units have written to the journal of their host: the last of it, or what comes from now on.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { quote } from '../../transport/quote.ts'
import type { Transport } from '../../transport/transport.ts'
import { LineReader } from './line-reader.ts'

export interface JournalEntry {
  /** By the host's clock, milliseconds since the epoch. */
  atMs: number
  /** The unit that wrote it, or that systemd wrote it about; empty where the journal does not say. */
  unit: string
  /** Who wrote it: `prometheus[412]`. */
  from: string
  /** As syslog has them: 3 and below are errors, 4 are warnings. */
  priority: number
  /** As it was written. Undefined where it has more than 4096 bytes. */
  message: string | undefined
}

export interface JournalQuestion {
  units: string[]
  /** The last so many. */
  lines: number
  /** None older than this, in milliseconds. */
  sinceMs?: number
  /** Of this priority and graver. */
  priority?: number
  follow?: boolean
}

const READ_MS = 30_000
/** The longest that anything is followed. */
export const FOLLOW_MS = 24 * 3_600_000
const FIELDS = 'MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER,_PID'

/**
 * Hands over entries as they arrive, oldest first. Resolves at the end of the journal or, where it is followed, a day later. Returns
 * what journalctl complained of; empty where it did not. Throws `TransportError`.
 */
export async function readJournal(
  transport: Transport,
  question: JournalQuestion,
  { onEntry, signal }: { onEntry: (entry: JournalEntry) => void; signal: AbortSignal },
): Promise<string> {
  const reader = new LineReader((line) => {
    const entry = parseEntry(line)
    if (entry !== undefined) onEntry(entry)
  })
  const { follow = false } = question
  const { stderr, exitCode } = await transport.script(journalScript(question), {
    timeoutMs: follow ? FOLLOW_MS : READ_MS,
    onStdout: (chunk) => reader.add(chunk),
    signal,
  })
  const said = stderr.toString('utf8').trim()
  return exitCode === 0 || follow ? said : said || `journalctl ended with exit code ${exitCode}`
}

function journalScript({ units, lines, sinceMs, priority, follow = false }: JournalQuestion): string {
  const words = [
    '--no-pager',
    '--quiet',
    '--output=json',
    `--output-fields=${FIELDS}`,
    `--lines=${lines}`,
    ...(sinceMs === undefined ? [] : [`--since=-${Math.ceil(sinceMs / 1000)}s`]),
    ...(priority === undefined ? [] : [`--priority=${priority}`]),
    ...units.map((unit) => `--unit=${unit}`),
  ].map(quote)
  if (!follow) return `journalctl ${words.join(' ')}`
  const library = readFileSync(new URL('./scripts/follow.sh', import.meta.url), 'utf8')
  return `${library}\nfollow_journal ${words.join(' ')}`
}

/** Bytes that are no text, and texts with control characters, come as a list of numbers (man systemd.journal-fields). */
const text = z.union([z.string(), z.array(z.number()).transform((bytes) => Buffer.from(bytes).toString('utf8'))])
const name = text.nullish().catch(undefined)

const entryLine = z.object({
  __REALTIME_TIMESTAMP: z.coerce.number(),
  MESSAGE: text.nullish(),
  PRIORITY: z.coerce.number().catch(6),
  _SYSTEMD_UNIT: name,
  UNIT: name,
  SYSLOG_IDENTIFIER: name,
  _PID: name,
})

/** A line of `journalctl --output=json`; undefined for anything else. */
export function parseEntry(line: string): JournalEntry | undefined {
  if (!line.startsWith('{')) return undefined
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return undefined
  }
  const parsed = entryLine.safeParse(json)
  if (!parsed.success) return undefined
  const { __REALTIME_TIMESTAMP: us, MESSAGE, PRIORITY, UNIT, _SYSTEMD_UNIT, SYSLOG_IDENTIFIER, _PID } = parsed.data
  return {
    atMs: Math.floor(us / 1000),
    unit: UNIT ?? _SYSTEMD_UNIT ?? '',
    from: `${SYSLOG_IDENTIFIER ?? '?'}${_PID ? `[${_PID}]` : ''}`,
    priority: PRIORITY,
    message: MESSAGE ?? undefined,
  }
}
