// Texts from files and hosts that are read outside of documents and observations: secrets, host keys, journals, files shown, facts, and
// what a shell that stays open says. Each gives facts or its own error, with a place where there is one, within a second.
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { parseFacts } from '../../src/doctor/host-facts.ts'
import { AnswerError } from '../../src/driver/systemd/frames.ts'
import { parseInspected } from '../../src/driver/systemd/parse-inspected.ts'
import { parseTrace } from '../../src/driver/systemd/parse-trace.ts'
import { parseEntry } from '../../src/driver/systemd/read-journal.ts'
import { parseShown } from '../../src/driver/systemd/show-files.ts'
import { readSecretsFile } from '../../src/secrets/read-file.ts'
import { importManifest } from '../../src/spec/import-manifest.ts'
import { FramedOutput } from '../../src/transport/framed-output.ts'
import { MarkedStream } from '../../src/transport/kept-shell-frames.ts'
import { lookUp } from '../../src/transport/known-hosts.ts'
import { corpus } from '../support/corpus.ts'
import { sopsFixture } from '../support/sops.ts'
import { cpuMs, longLines, noise, spoilt } from '../support/spoilt.ts'

const mark = 'homeostat-fixture'
const framed = (...sections: [name: string, body: string][]) =>
  `\n${mark} begin\n${sections.map(([name, body]) => `\n${mark} ${name}\n${body}`).join('')}\n${mark} end\n`
const journal = corpus('journal').map(([, text]) => text)
const trace = framed(
  ['caller', 'root\n10.0.0.1\n+0000\n'],
  ['journal', `${journal.filter((line) => !line.includes('\n')).join('\n')}\n`],
  [
    'packages',
    'Start-Date: 2026-11-24  12:00:00\nRequested-By: ada (1000)\nRemove: procps:amd64 (2:4)\nEnd-Date: 2026-11-24  12:00:03\n\n',
  ],
  ['files', '0 b25lCg==\n'],
)
const inspected = framed(
  ['generation 3', `file ${'a'.repeat(64)} 640 root root /etc/x\n`],
  ['checked', `files/${'a'.repeat(64)}: OK\n`],
)
const facts =
  'time\t1795435000000\ndisk\t1000 2000 /var\ninodes\t10 20\nlock\t7 3 apt-get\narmed\t40 web\nname\tweb 10.0.0.1\nend\t\n'
const manifest =
  '{"network":{"domain":"example.org"},"services":{"web":{"ip":"10.0.0.1","hostname":"web","ports":[80]}}}'
const nonce = { left: 'left', right: 'right' }

/** Also where it arrives in pieces. */
function streamed(text: string): void {
  const bytes = Buffer.from(text)
  const stream = new MarkedStream(nonce)
  const output = new FramedOutput(nonce, 1_000_000)
  for (let at = 0; at < bytes.length; at += 1_000_000) {
    const chunk = bytes.subarray(at, at + 1_000_000)
    stream.add(chunk)
    stream.out.read()
    output.add('stdout', chunk)
  }
  output.result()
  output.complaint()
  expect(stream.exitCode).toBeGreaterThanOrEqual(0)
  expect(stream.exitCode).toBeLessThan(1_000)
}

function imported(text: string): void {
  for (const { line, column, message } of importManifest('m.json', text).issues) {
    expect(Math.min(line, column)).toBeGreaterThan(0)
    expect(message).not.toBe('')
  }
}

const readers: [what: string, seeds: string[], read: (text: string) => unknown][] = [
  ['known_hosts', corpus('known-hosts').map(([, text]) => text), (text) => lookUp(text, 'web')],
  ['a line of the journal', journal, parseEntry],
  ['what tells who it was', [trace, ...journal], (text) => parseTrace(text, ['/etc/x'], mark)],
  ['what a host keeps of a generation', [inspected], (text) => parseInspected(text, 'a'.repeat(64), mark)],
  ['files that are shown', ['0 b25lCg==\n1 \n99 !\n'], (text) => parseShown(text, ['/etc/x', '/etc/y'])],
  ['the facts of a host', [facts], parseFacts],
  ['somebody’s manifest', [manifest, ...corpus('yaml').map(([, text]) => text)], imported],
  ['a shell that stays open', ['left:right 0\n', 'x\nleft:right 12', 'left:right 99999\n'], streamed],
]

function check(read: (text: string) => unknown, text: string): void {
  let error: unknown
  const tookMs = cpuMs(() => {
    try {
      read(text)
    } catch (thrown) {
      error = thrown
    }
  })
  expect(tookMs).toBeLessThan(1_000)
  if (error !== undefined && !(error instanceof AnswerError)) throw error
}

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

describe.each(readers)('the reader of %s', (_, seeds, read) => {
  it('takes each of the seeds', () => {
    for (const text of seeds) check(read, text)
  })

  it('takes any bytes', () => {
    fc.assert(fc.property(noise, (text) => check(read, text)))
  })

  it('takes a seed that was spoilt', () => {
    const seed = fc.constantFrom(...seeds).chain((text) => spoilt(text))
    fc.assert(
      fc.property(seed, (text) => check(read, text)),
      { numRuns: 300 },
    )
  })

  it.each(longLines)('takes ten megabytes of %s, alone and within a seed', (_, line) => {
    check(read, line)
    for (const text of seeds.slice(0, 3))
      check(read, `${text.slice(0, text.length / 2)}${line}${text.slice(text.length / 2)}`)
  })
})

describe('a SOPS file', () => {
  const real = sopsFixture('every-kind.sops.yaml')
  const opener = { by: 'names' } as const

  /** Never rejects; what is wrong has words that hold nothing of the text, and no character that a terminal obeys. */
  async function read(text: string): Promise<void> {
    const before = process.cpuUsage()
    const { entries, problem } = await readSecretsFile('x.sops.yaml', text, opener)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(2_000)
    for (const { place } of entries) expect(Math.min(place.line, place.column)).toBeGreaterThan(0)
    if (problem === undefined) return
    expect(problem.kind).toBe('form')
    expect(problem.message).not.toMatch(/ENC\[|AES256|[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    if (problem.place !== undefined) expect(Math.min(problem.place.line, problem.place.column)).toBeGreaterThan(0)
  }

  it.each(corpus('sops'))('that is the seed %s is read or refused, and spoilt', async (_, seed) => {
    await read(seed)
    await fc.assert(fc.asyncProperty(spoilt(seed), read), { numRuns: 10 })
  })

  it('that was spoilt is read or refused', async () => {
    await fc.assert(fc.asyncProperty(spoilt(real, [' &a ', ' *a ', '? [x]\n', 'encrypted_regex: ^(a+)+$\n']), read), {
      numRuns: 150,
    })
  })

  it('of any bytes is read or refused', async () => {
    await fc.assert(fc.asyncProperty(noise, read))
  })

  it.each(longLines)('of ten megabytes of %s is refused', async (_, line) => {
    await read(line)
    await read(real.replace('\n', () => `${line}\n`))
  })
})
