// What a service itself said last, from the host's journal: usually the very reason why it does not run.
import { beginningOf } from '../model/escape-control.ts'
import { type Transport, TransportError } from '../transport/transport.ts'
import { sentence } from './sentence.ts'

const TIMEOUT_MS = 5_000
const MAX_BYTES = 64 * 1024
const LINES = 3
const CHARACTERS = 300

/**
 * The last lines that the unit's processes wrote, on one line, at most 300 characters, control characters escaped; empty
 * when there are none or the host would not say. Never throws: it only adds to a message.
 */
export async function lastWords(unit: string, transport: Transport): Promise<string> {
  // By the unit's processes, not about the unit: systemd's own lines say only that it failed (man journalctl).
  const argv = ['journalctl', `_SYSTEMD_UNIT=${unit}`, '-n', String(LINES), '-o', 'cat', '--no-pager', '-q']
  try {
    const { exitCode, stdout } = await transport.run(argv, { timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_BYTES })
    return exitCode === 0
      ? beginningOf(sentence(stdout.toString('utf8').trim().replaceAll('\n', ' | ')), CHARACTERS)
      : ''
  } catch (error) {
    if (error instanceof TransportError) return ''
    throw error
  }
}
