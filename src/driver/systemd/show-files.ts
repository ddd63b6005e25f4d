// What files on a host say now.
import { readFileSync } from 'node:fs'
import { quote } from '../../transport/quote.ts'
import type { Transport } from '../../transport/transport.ts'

/** Larger ones are left out. */
const LARGEST_BYTES = 64 * 1024
const MOST_FILES = 100
const DEADLINE_MS = 30_000

/**
 * Contents by path; left out is what is not there, is larger than 64 KiB, or is beyond the first hundred, and what may not be read
 * by everybody, unless `of` says all: there may be a secret in it then. One round trip. Throws `TransportError`.
 */
export async function showFiles(
  transport: Transport,
  paths: readonly string[],
  { signal, of = 'public' }: { signal?: AbortSignal; of?: 'public' | 'all' } = {},
): Promise<Map<string, string>> {
  const asked = paths.slice(0, MOST_FILES)
  if (asked.length === 0) return new Map()
  const answer = await transport.script(showScript(asked, of), {
    timeoutMs: DEADLINE_MS,
    maxOutputBytes: 2 * MOST_FILES * LARGEST_BYTES,
    ...(signal === undefined ? {} : { signal }),
  })
  return parseShown(answer.stdout.toString('latin1'), asked)
}

function showScript(paths: readonly string[], of: 'public' | 'all'): string {
  const library = readFileSync(new URL('./scripts/show.sh', import.meta.url), 'utf8')
  const calls = paths.map((path, at) => `show ${at} ${quote(path)}`)
  return `largest=${LARGEST_BYTES}\nof=${of}\nexport LC_ALL=C.UTF-8\n${library}\n${calls.join('\n')}\n`
}

/** Lines of another form are none of ours. */
export function parseShown(text: string, paths: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, at, base64 = ''] = /^(\d{1,3}) ([A-Za-z0-9+/=]*)$/.exec(line) ?? []
    const path = at === undefined ? undefined : paths[Number(at)]
    if (path !== undefined) found.set(path, Buffer.from(base64, 'base64').toString('utf8'))
  }
  return found
}
