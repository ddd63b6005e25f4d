// Run as a process of its own by large-inputs.test.ts: has one reader read a hundred megabytes, and prints what that took.
import { createReadStream } from 'node:fs'
import { Duplex } from 'node:stream'
import { LineReader } from '../../src/driver/systemd/line-reader.ts'
import { parseEntry } from '../../src/driver/systemd/read-journal.ts'
import { exchange } from '../../src/probe/http-exchange.ts'
import { findIdentities } from '../../src/secrets/age-identity.ts'
import { readDirectory } from '../../src/source/read-directory.ts'
import { FramedOutput } from '../../src/transport/framed-output.ts'
import { MarkedStream } from '../../src/transport/kept-shell-frames.ts'
import { loadTrust } from '../../src/transport/trust.ts'
import { hostNamed } from '../support/observations.ts'

const [kind = '', directory = '', file = ''] = process.argv.slice(2)
const nonce = { left: 'left', right: 'right' }

async function read(eat: (chunk: Buffer) => unknown): Promise<void> {
  for await (const chunk of createReadStream(file)) eat(chunk as Buffer)
}

/** Each says what became of it. */
const readers: Record<string, () => Promise<unknown>> = {
  directory: async () => [...(await readDirectory(directory)).problems.values()],
  'known hosts': () => loadTrust(hostNamed('web'), [file]).catch((error: Error) => error.message),
  'age identity': () => findIdentities({ ageKeyFile: file, env: {} }).catch((error: Error) => error.message),
  'lines of a channel': async () => {
    const entries: unknown[] = []
    const lines = new LineReader((line) => entries.push(parseEntry(line)))
    await read((chunk) => lines.add(chunk))
    lines.add(Buffer.from('\n{"__REALTIME_TIMESTAMP":"1","MESSAGE":"after"}\n'))
    return entries
  },
  'output of a command': async () => {
    const output = new FramedOutput(nonce, 1024 * 1024)
    let isFull = false
    await read((chunk) => {
      isFull ||= !output.add('stdout', chunk)
    })
    return isFull
  },
  'end of a look': async () => {
    const stream = new MarkedStream(nonce)
    stream.add(Buffer.from('left:right '))
    await read((chunk) => stream.add(chunk))
    return stream.exitCode
  },
  'page of a service': async () => {
    const connect = async () => {
      const stream: Duplex = Duplex.from(async function* () {
        yield Buffer.from('HTTP/1.1 200 OK\r\n\r\n')
        yield* createReadStream(file)
      })
      return stream
    }
    const wire = { transport: { connect } as never, signal: new AbortController().signal }
    const asked = { address: 'x', port: 1, path: '/', timeoutMs: 5_000, maxBodyBytes: 1024 * 1024 }
    const answer = await exchange(asked, wire)
    return answer.outcome === 'answer' ? [answer.truncated, answer.body.length] : answer
  },
}

const before = process.resourceUsage()
const said = await readers[kind]?.()
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuMs = (userCPUTime + systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1000
process.stdout.write(`${JSON.stringify({ said, grownBytes: (maxRSS - before.maxRSS) * 1024, cpuMs })}\n`)
process.exit()
