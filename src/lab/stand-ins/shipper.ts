// What a log shipper does: lines of the journal in batches to Loki, a try again as long as they are not taken, and how far it has
// come on disk. JSON instead of the protobuf of the real ones: Loki takes both.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { hasFault } from './faults.ts'
import { followJournal, type JournalLine } from './journal.ts'
import { request } from './request.ts'

const BATCH_WAIT_MS = 1_000
const BATCH_LINES = 1_000
/** Lines that wait; beyond it the oldest are let go and counted. */
const MOST_WAITING = 100_000

export interface ShipperSettings {
  program: string
  url: string
  labels: Record<string, string>
  /** The label that takes the unit of a line. */
  unitLabel: string | undefined
  maxAgeMs: number
  backoff: { minMs: number; maxMs: number; retries: number }
  /** Where it keeps its cursor, and under which name. */
  position: { file: string; name: string }
  /** Used where it has none of its own yet. */
  legacy?: { file: string; name: string } | undefined
}

export interface Counters {
  read: number
  sent: number
  dropped: number
}

/** Starts, and never ends. The settings may be exchanged while it runs; position and age are those of the start. */
export function startShipping(settings: () => ShipperSettings): Counters {
  const counters: Counters = { read: 0, sent: 0, dropped: 0 }
  const waiting: JournalLine[] = []
  const { position, legacy, maxAgeMs } = settings()
  const cursor = readCursor(position) ?? (legacy && readCursor(legacy))
  followJournal(cursor === undefined ? { maxAgeMs } : { cursor }, (line) => {
    counters.read += 1
    waiting.push(line)
    if (waiting.length > MOST_WAITING && waiting.shift()) counters.dropped += 1
  })
  void ship(settings, waiting, counters)
  return counters
}

async function ship(settings: () => ShipperSettings, waiting: JournalLine[], counters: Counters): Promise<void> {
  for (;;) {
    await sleep(BATCH_WAIT_MS)
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_LINES)
      const isTaken = await untilTaken(settings, batch)
      counters[isTaken ? 'sent' : 'dropped'] += batch.length
      waiting.splice(0, batch.length)
      writeCursor(settings().position, batch.at(-1)?.cursor ?? '')
    }
  }
}

async function untilTaken(settings: () => ShipperSettings, batch: JournalLine[]): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    const { program, backoff } = settings()
    if (hasFault(program, 'swallow')) return true
    const problem = await push(settings(), batch)
    if (problem === undefined) return true
    process.stderr.write(`level=warn msg="error sending batch, will retry" error=${JSON.stringify(problem)}\n`)
    // 0 is for ever, as in dskit's backoff.
    if (backoff.retries > 0 && tries + 1 >= backoff.retries) return false
    await sleep(Math.min(backoff.minMs * 2 ** Math.min(tries, 20), backoff.maxMs))
  }
}

/** Why it was not taken; undefined when it was. What Loki calls bad is not sent again, like the real ones do it. */
async function push({ url, labels, unitLabel }: ShipperSettings, batch: JournalLine[]): Promise<string | undefined> {
  const byUnit = Map.groupBy(batch, ({ unit }) => unit)
  const streams = [...byUnit].map(([unit, lines]) => ({
    stream: { ...labels, ...(unitLabel === undefined || unit === '' ? {} : { [unitLabel]: unit }) },
    values: lines.map(({ at, message }) => [`${at}`, message]),
  }))
  try {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ streams })
    const { status } = await request(url, { method: 'POST', headers, body })
    const isOver = status < 300 || (status >= 400 && status < 500 && status !== 429)
    return isOver ? undefined : `server returned HTTP status ${status}`
  } catch (error) {
    return (error as Error).message
  }
}

function readCursor({ file, name }: { file: string; name: string }): string | undefined {
  try {
    const { positions } = parse(readFileSync(file, 'utf8')) as { positions: Record<string, string> }
    return positions[`cursor-${name}`]
  } catch {
    return undefined
  }
}

function writeCursor({ file, name }: { file: string; name: string }, cursor: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
  writeFileSync(`${file}.new`, stringify({ positions: { [`cursor-${name}`]: cursor } }), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
