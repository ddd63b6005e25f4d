// The journal of the host, followed by systemd's own program; each line with the cursor that leads back to it.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface JournalLine {
  cursor: string
  /** Nanoseconds since the epoch. */
  at: bigint
  message: string
  unit: string
}

/** systemd tells all processes of a service to end at the same time: for so long our own turn may still come. */
const TOGETHER_MS = 1_000

/** Calls back for every line after the cursor, or of that age at most; ends the process when the journal cannot be followed. */
export function followJournal(
  from: { cursor: string } | { maxAgeMs: number },
  onLine: (line: JournalLine) => void,
): void {
  const where =
    'cursor' in from ? `--after-cursor=${from.cursor}` : `--since=@${Math.floor((Date.now() - from.maxAgeMs) / 1000)}`
  // Without --merge it follows the present boot only, and a hardened service in a container sees another boot id.
  const child = spawn('journalctl', ['--follow', '--no-tail', '--merge', '--output=json', where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.on('exit', (code) => {
    setTimeout(() => {
      process.stderr.write(`level=error msg="journalctl ended with exit ${code}"\n`)
      process.exit(1)
    }, TOGETHER_MS)
  })
  createInterface({ input: child.stdout }).on('line', (text) => onLine(toLine(JSON.parse(text))))
  process.on('SIGTERM', () => {
    child.removeAllListeners('exit')
    child.kill()
    process.exit(0)
  })
}

function toLine(fields: Record<string, unknown>): JournalLine {
  const { __CURSOR, __REALTIME_TIMESTAMP, MESSAGE, _SYSTEMD_UNIT } = fields
  return {
    cursor: String(__CURSOR),
    at: BigInt(String(__REALTIME_TIMESTAMP)) * 1_000n,
    // What is no text comes as a list of bytes (man journalctl, json).
    message: Array.isArray(MESSAGE) ? Buffer.from(MESSAGE as number[]).toString() : String(MESSAGE ?? ''),
    unit: typeof _SYSTEMD_UNIT === 'string' ? _SYSTEMD_UNIT : '',
  }
}
