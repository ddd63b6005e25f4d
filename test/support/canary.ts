// A secret value that is looked for everywhere it must not be, in the six encodings that texts come in.
import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../src/lab/lab.ts'

/** Of a value, by name of the encoding. */
export function encodingsOf(value: string): Record<string, string> {
  const bytes = Buffer.from(value)
  const forms = {
    plain: value,
    base64: bytes.toString('base64').replace(/=+$/, ''),
    base64url: bytes.toString('base64url'),
    hex: bytes.toString('hex'),
    url: encodeURIComponent(value),
    json: JSON.stringify(value).slice(1, -1),
  }
  if (new Set(Object.values(forms)).size < 6) throw new Error(`two encodings of ${value} are the same`)
  return forms
}

type Needle = [what: string, bytes: Buffer]

function needlesOf(values: readonly string[]): Needle[] {
  return values.flatMap((value, index) =>
    Object.entries(encodingsOf(value)).map(([name, text]): Needle => [`value ${index} as ${name}`, Buffer.from(text)]),
  )
}

function found(bytes: Buffer, needles: Needle[]): string[] {
  return needles.filter(([, needle]) => bytes.includes(needle)).map(([what]) => what)
}

/** Says in which encoding which of the values stands in a text; empty where none does. */
export function canariesIn(text: string, values: readonly string[]): string[] {
  return found(Buffer.from(text), needlesOf(values))
}

/** The same of every file below a directory of this machine, by its path. */
export async function canariesBelow(directory: string, values: readonly string[]): Promise<string[]> {
  const needles = needlesOf(values)
  const files = await readdir(directory, { recursive: true, withFileTypes: true })
  const each = files.map(async (file) => {
    if (!file.isFile()) return []
    const path = join(file.parentPath, file.name)
    return found(await readFile(path), needles).map((what) => `${path}: ${what}`)
  })
  return (await Promise.all(each)).flat()
}

/** The files of a host in which one stands, sorted, wherever a program could have left it; and its journal, where it does. */
export async function canariesOn(lab: Lab, host: string, values: readonly string[]): Promise<string[]> {
  const patterns = values.flatMap((value) => Object.values(encodingsOf(value))).join('\n')
  const places = '/etc /var /run /tmp /root /home /opt /srv /usr/local /dev/shm'
  const list = await lab.shell(
    host,
    `cd / && umask 077 && export LC_ALL=C && echo ${Buffer.from(`${patterns}\n`).toString('base64')} | base64 -d > /root/patterns
     grep -rlaFs -f /root/patterns --exclude-dir=credentials ${places} | grep -v '^/root/patterns$'
     journalctl -o export --no-pager | grep -qaF -f /root/patterns && echo journal
     rm /root/patterns`,
    { timeoutMs: 240_000 },
  )
  return list.split('\n').filter(Boolean).sort()
}

export interface Sampling {
  /** Ends it: how often it looked, and what it saw. */
  stop(): Promise<{ samples: number; found: string[] }>
}

/** Looks at arguments and environments of all processes of this machine, those of its lab hosts among them, 20 times a second. */
export function sampleProcesses(values: readonly string[]): Sampling {
  const needles = needlesOf(values)
  let isOver = false
  let samples = 0
  const seen = new Set<string>()
  const loop = async () => {
    for (; !isOver; samples++) {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
        for (const file of ['cmdline', 'environ'])
          for (const what of found(bytesOf(`/proc/${pid}/${file}`), needles))
            seen.add(`${file} of process ${pid}: ${what}`)
      await sleep(20)
    }
  }
  const running = loop()
  return {
    stop: async () => {
      isOver = true
      await running
      return { samples, found: [...seen].sort() }
    },
  }
}

/** Processes end while they are looked at. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
