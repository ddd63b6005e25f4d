// TCP streams over SSH that are given up while they are opened, against a real sshd: none of them costs a place for good.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { createOpener, isRoot, startSshd, type TestSshd } from './transport-sshd.ts'
import { endProcessesWith, eventually, failure, processesWith, uniqueSeconds } from './transport-support.ts'

const timeoutMs = 15_000
/** More than one connection carries at once. */
const MANY = 40
let sshd: TestSshd
let greeter: Server
const { open, close } = createOpener(() => sshd)

beforeAll(async () => {
  if (!isRoot) return
  sshd = await startSshd({ accounts: [{ name: 'operator', uid: 0, shell: '/bin/sh' }], keyTypes: ['ed25519'] })
  greeter = createServer((socket) => socket.on('error', () => socket.destroy()).end('hello')).listen(0, '127.0.0.1')
  await new Promise((resolve) => greeter.once('listening', resolve))
})
afterAll(async () => {
  await close()
  greeter?.close()
  await sshd?.stop()
})

/** Its queue is full and nobody takes anything from it: the kernel leaves whoever connects without an answer. */
async function startMute() {
  const program = `use IO::Socket::INET;
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die $!;
my @waiting = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport, Blocking => 0) } 1 .. 4;
$| = 1; print $server->sockport, "\\n"; sleep`
  const child: ChildProcessWithoutNullStreams = spawn('perl', ['-e', program])
  onTestFinished(() => void child.kill())
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  return { port: Number(value), end: () => child.kill() }
}

const portOf = (server: Server) => (server.address() as { port: number }).port

async function greeting(transport: Transport): Promise<string> {
  const stream = await transport.connect('127.0.0.1', portOf(greeter), { timeoutMs })
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

describe.skipIf(!isRoot)('a TCP stream that is given up while it is opened', { timeout: 120_000 }, () => {
  it('gives its place back when the host answers a moment later', async () => {
    const transport = open()
    await transport.run(['true'], { timeoutMs })
    let given = 0
    for (let time = 0; given < MANY && time < 20 * MANY; time++) {
      const stop = new AbortController()
      const opening = transport.connect('127.0.0.1', portOf(greeter), { timeoutMs, signal: stop.signal })
      setImmediate(() => stop.abort())
      await opening.then(
        (stream) => stream.destroy(),
        ({ kind, sent }) => {
          expect({ kind, sent }).toEqual({ kind: 'aborted', sent: false })
          given++
        },
      )
    }
    expect(given).toBe(MANY)
    expect(await greeting(transport)).toBe('hello')
  })

  it('is no sign that the host is gone', async () => {
    const mute = await startMute()
    const transport = sshTransport(sshd.host({ user: 'operator' }), { connectTimeoutMs: 4_000 })
    onTestFinished(() => transport.close())
    await transport.run(['true'], { timeoutMs })
    const logins = () => sshd.log().match(/Accepted publickey/g)?.length
    const before = logins()
    expect(await failure(transport.connect('127.0.0.1', mute.port, { timeoutMs: 9_000 }))).toMatchObject({
      kind: 'timeout',
      sent: false,
    })
    expect(await greeting(transport)).toBe('hello')
    expect(logins()).toBe(before)
  })

  it.each(['deadline', 'abort'])('gives its place back at its %s when there is no answer at all', async (how) => {
    const mute = await startMute()
    const transport = open()
    // While something else is open on it, a connection is not made anew for that.
    const seconds = uniqueSeconds()
    const other = failure(transport.run(['sleep', seconds], { timeoutMs: 60_000 }))
    await eventually(() => processesWith(`sleep\0${seconds}`).length > 0)
    const signal = how === 'abort' ? AbortSignal.timeout(300) : undefined
    const limits = signal === undefined ? { timeoutMs: 300 } : { timeoutMs, signal }
    const given = Array.from({ length: MANY }, () => failure(transport.connect('127.0.0.1', mute.port, limits)))
    const kinds = new Set((await Promise.all(given)).map(({ kind }) => kind))
    expect([...kinds]).toEqual([how === 'abort' ? 'aborted' : 'timeout'])
    expect(await greeting(transport)).toBe('hello')
    await transport.close()
    expect(await other).toMatchObject({ kind: 'aborted' })
    endProcessesWith(seconds)
  })
})
