// SSH against a real sshd behind a proxy that breaks connections: nothing is lost in silence, nothing is run by half.
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { HostSpec } from '../../src/model/host.ts'
import { type SshTransportOptions, sshTransport } from '../../src/transport/ssh.ts'
import { type Transport, TransportError } from '../../src/transport/transport.ts'
import { type FaultyProxy, startProxy } from './transport-proxy.ts'
import { freePort, isRoot, publicKey, startSshd, type TestSshd } from './transport-sshd.ts'
import {
  endProcessesWith,
  eventually,
  failure,
  processesWith,
  sleepingFor,
  uniqueSeconds,
} from './transport-support.ts'

const timeoutMs = 60_000
const accounts = [{ name: 'operator', uid: 0, shell: '/bin/sh' }]
let sshd: TestSshd
let proxy: FaultyProxy
let transport: Transport

function throughProxy(options: SshTransportOptions = {}): Transport {
  const { type, base64 } = publicKey(sshd.hostKeyFile('ed25519'))
  return sshTransport(sshd.host({ user: 'operator', port: proxy.port, hostKeys: [`${type} ${base64}`] }), options)
}

beforeAll(async () => {
  if (isRoot) sshd = await startSshd({ accounts, keyTypes: ['ed25519'] })
})
afterAll(async () => sshd?.stop())

describe.skipIf(!isRoot)('a connection that breaks', () => {
  beforeEach(async () => {
    proxy = await startProxy(sshd.port)
    transport = throughProxy({ keepaliveIntervalMs: 1_000, keepaliveCountMax: 3, connectTimeoutMs: 10_000 })
  })
  afterEach(async () => {
    await transport.close()
    await proxy.stop()
  })

  const breaks = [
    ['is reset', () => proxy.reset()],
    ['is ended', () => proxy.finish()],
    ['goes silent', () => proxy.blackhole()],
  ] as const

  it.each(breaks)('while a command runs and %s is an error, and the next command connects anew', async (_how, act) => {
    const seconds = uniqueSeconds()
    const running = failure(transport.run(['sh', '-c', `echo partial; exec sleep ${seconds}`], { timeoutMs }))
    await eventually(() => sleepingFor(seconds).length > 0)
    act()
    expect(await running).toMatchObject({ kind: 'lost', sent: true })
    expect((await transport.run(['echo', 'again'], { timeoutMs })).stdout.toString()).toBe('again\n')
    expect(proxy.connectionCount()).toBe(2)
    endProcessesWith(seconds)
  })

  it.each(breaks)('while idle and %s is not noticed by the next command', async (_how, act) => {
    await transport.run(['true'], { timeoutMs })
    act()
    expect((await transport.run(['echo', 'again'], { timeoutMs })).stdout.toString()).toBe('again\n')
    expect(proxy.connectionCount()).toBe(2)
  })

  it('is made before anybody needs it, and what goes wrong then is told to who comes first', async () => {
    transport.prepare?.()
    await eventually(() => proxy.connectionCount() === 1)
    expect((await transport.run(['echo', 'shared'], { timeoutMs })).stdout.toString()).toBe('shared\n')
    expect(proxy.connectionCount()).toBe(1)
    const early = throughProxy({ connectTimeoutMs: 10_000 })
    early.prepare?.()
    await eventually(() => proxy.connectionCount() === 2)
    proxy.reset()
    expect(await failure(early.run(['echo', 'anew'], { timeoutMs }))).toMatchObject({
      kind: 'unreachable',
      sent: false,
    })
    await early.close()
  })

  it('goes silent while idle is replaced without waiting for the keepalive', async () => {
    const patient = throughProxy({ connectTimeoutMs: 2_000 })
    await patient.run(['true'], { timeoutMs })
    proxy.blackhole()
    const startedAt = performance.now()
    expect((await patient.run(['true'], { timeoutMs })).exitCode).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    await patient.close()
  })

  it.each(breaks)(
    'under a TCP stream and %s fails the stream, so half an answer is not taken for a whole one',
    async (_how, act) => {
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy())
        socket.write('half')
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const stream = await transport.connect('127.0.0.1', (server.address() as { port: number }).port, { timeoutMs })
      const half = new Promise((resolve) => stream.once('data', resolve))
      const ended = new Promise((resolve) => stream.once('error', resolve))
      expect(String(await half)).toBe('half')
      act()
      expect(await ended).toMatchObject({ kind: 'lost' })
      server.close()
    },
  )

  it('is reset with nobody waiting, and nothing happens', async () => {
    await transport.run(['true'], { timeoutMs })
    await transport.connect('127.0.0.1', sshd.port, { timeoutMs })
    proxy.reset()
    expect((await transport.run(['true'], { timeoutMs })).exitCode).toBe(0)
  })

  it('is shared: five first commands at once make one connection', async () => {
    await Promise.all(Array.from({ length: 5 }, () => transport.run(['true'], { timeoutMs })))
    expect(proxy.connectionCount()).toBe(1)
  })

  it('is closed on our side: running commands end, new ones are refused', async () => {
    const seconds = uniqueSeconds()
    const running = failure(transport.run(['sleep', seconds], { timeoutMs }))
    await eventually(() => sleepingFor(seconds).length > 0)
    await transport.close()
    expect((await running).kind).toBe('aborted')
    endProcessesWith(seconds)
    expect(await failure(transport.run(['true'], { timeoutMs }))).toMatchObject({ kind: 'aborted', sent: false })
  })

  it('is cut after any number of bytes, and then a script ran whole or not at all', async () => {
    const padding = '# padding padding padding padding padding padding\n'.repeat(400)
    const measure = throughProxy()
    await measure.script(`true\n${padding}`, { timeoutMs })
    const totalBytes = proxy.sentBytes()
    await measure.close()
    const outcomes = new Set<string>()
    for (let cut = 1; cut < totalBytes + 2_000; cut += Math.ceil(totalBytes / 24))
      outcomes.add(await runCut(cut, padding))
    expect(outcomes).toContain('done')
    expect(outcomes).toContain('lost:sent')
    expect(outcomes).toContain('unreachable:unsent')
    for (const outcome of outcomes)
      expect(['done', 'lost:sent', 'lost:unsent', 'unreachable:unsent']).toContain(outcome)
  })

  async function runCut(cut: number, padding: string): Promise<string> {
    proxy.cutAfter(cut)
    const file = join(sshd.directory, `cut-${cut}`)
    const cutOff = throughProxy()
    const outcome = await cutOff.script(`touch ${file}\n${padding}`, { timeoutMs }).catch((error) => error)
    await cutOff.close()
    if (!(outcome instanceof TransportError)) {
      expect(existsSync(file)).toBe(true)
      return 'done'
    }
    if (!outcome.sent) expect(existsSync(file)).toBe(false)
    return `${outcome.kind}:${outcome.sent ? 'sent' : 'unsent'}`
  }
})

describe.skipIf(!isRoot)('a server that takes fewer sessions', () => {
  it.each([1, 2, 10])('with MaxSessions %i still gets twelve commands done', async (maxSessions) => {
    const small = await startSshd({ accounts, keyTypes: ['ed25519'], config: [`MaxSessions ${maxSessions}`] })
    onTestFinished(() => small.stop())
    const host = sshTransport(small.host({ user: 'operator' }))
    const numbers = Array.from({ length: 12 }, (_, index) => index)
    const results = await Promise.all(
      numbers.map((n) => host.run(['sh', '-c', `sleep 0.05; echo ${n}`], { timeoutMs })),
    )
    expect(results.map((result) => Number(result.stdout.toString()))).toEqual(numbers)
    await host.close()
  })

  it('with no session at all says so', async () => {
    const none = await startSshd({ accounts, keyTypes: ['ed25519'], config: ['MaxSessions 0'] })
    onTestFinished(() => none.stop())
    const host = sshTransport(none.host({ user: 'operator' }))
    expect(await failure(host.run(['true'], { timeoutMs }))).toMatchObject({ kind: 'authentication', sent: false })
    await host.close()
  })

  it('leaves a command that waits for its turn to the deadline of its caller', async () => {
    const host = sshTransport(sshd.host({ user: 'operator' }), { maxSessions: 1 })
    const word = `word${uniqueSeconds()}`
    const long = host.run(['sh', '-c', 'sleep 5', word], { timeoutMs })
    await eventually(() => processesWith(`sleep 5\0${word}`).length > 0)
    expect(await failure(host.run(['true'], { timeoutMs: 200 }))).toMatchObject({ kind: 'timeout', sent: false })
    expect((await long).exitCode).toBe(0)
    await host.close()
  })
})

describe.skipIf(!isRoot)('a command that is given up while it is being started', () => {
  it('costs no session for good, however often', async () => {
    const host = sshTransport(sshd.host({ user: 'operator' }))
    onTestFinished(() => host.close())
    await host.run(['true'], { timeoutMs })
    for (let time = 0; time < 12; time++) {
      const stop = new AbortController()
      const given = failure(host.run(['true'], { timeoutMs, signal: stop.signal }))
      setImmediate(() => stop.abort())
      expect(await given).toMatchObject({ kind: 'aborted', sent: false })
    }
    expect((await host.run(['echo', 'still here'], { timeoutMs })).stdout.toString()).toBe('still here\n')
  })
})

describe.skipIf(!isRoot)('a host that cannot be reached', () => {
  it('is unreachable when nothing listens', async () => {
    const error = await failure(sshTransport(sshd.host({ port: await freePort() })).run(['true'], { timeoutMs }))
    expect(error).toMatchObject({ kind: 'unreachable', sent: false })
    expect(error.message).toContain('connection refused')
  })

  it('is unreachable when it accepts and says nothing', async () => {
    const mute = createServer((socket) => socket.on('error', () => socket.destroy())).listen(0, '127.0.0.1')
    await new Promise((resolve) => mute.once('listening', resolve))
    const port = (mute.address() as { port: number }).port
    const error = await failure(
      sshTransport(sshd.host({ port }), { connectTimeoutMs: 300 }).run(['true'], { timeoutMs }),
    )
    expect(error).toMatchObject({ kind: 'unreachable', sent: false })
    mute.close()
  })

  it('is unreachable when it hangs up at once, and is then left alone for a while', async () => {
    let count = 0
    const rude = createServer((socket) => {
      count++
      socket.end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => rude.once('listening', resolve))
    const host = sshTransport(sshd.host({ port: (rude.address() as { port: number }).port }))
    const first = await failure(host.run(['true'], { timeoutMs }))
    expect(first).toMatchObject({ kind: 'unreachable', sent: false })
    expect(first.message).toContain('PerSourcePenalties')
    expect((await failure(host.run(['true'], { timeoutMs }))).message).toContain('Not tried again')
    expect(count).toBe(1)
    rude.close()
  })

  it('leaves a caller with little time its own deadline', async () => {
    const mute = createServer((socket) => socket.on('error', () => socket.destroy())).listen(0, '127.0.0.1')
    await new Promise((resolve) => mute.once('listening', resolve))
    const host = sshTransport(sshd.host({ port: (mute.address() as { port: number }).port }), {
      connectTimeoutMs: 10_000,
    })
    expect(await failure(host.run(['true'], { timeoutMs: 100 }))).toMatchObject({ kind: 'timeout', sent: false })
    await host.close()
    mute.close()
  })
})

describe.skipIf(!isRoot)('a host behind a jump host', () => {
  let inner: TestSshd
  beforeAll(async () => {
    inner = await startSshd({ accounts, keyTypes: ['ed25519'] })
    // The jump host's key is the only one we have; the inner host takes it too.
    writeFileSync(join(inner.directory, 'authorized_keys'), publicKeyLine(sshd.identityFile))
  })
  afterAll(async () => inner?.stop())

  function visits(server: TestSshd): number {
    return server.log().match(/Connection from/g)?.length ?? 0
  }

  function publicKeyLine(file: string): string {
    const { type, base64 } = publicKey(file)
    return `${type} ${base64}\n`
  }

  function behind(jump: HostSpec, hostKeys: string[] = []): Transport {
    const host = inner.host({ user: 'operator', jump: 'jump', identityFile: sshd.identityFile, hostKeys }, 'inner')
    return sshTransport(host, { resolveJump: (name) => (name === 'jump' ? jump : undefined) })
  }

  it('is reached through it, and goes with it', async () => {
    const viaProxy = await startProxy(sshd.port)
    onTestFinished(() => viaProxy.stop())
    const { type, base64 } = publicKey(sshd.hostKeyFile('ed25519'))
    const host = behind(sshd.host({ user: 'operator', port: viaProxy.port, hostKeys: [`${type} ${base64}`] }, 'jump'))
    const { stdout } = await host.script('echo "$SSH_CONNECTION"', { timeoutMs })
    expect(stdout.toString()).toContain(` ${inner.port}`)
    const seconds = uniqueSeconds()
    const running = failure(host.run(['sleep', seconds], { timeoutMs }))
    await eventually(() => sleepingFor(seconds).length > 0)
    viaProxy.reset()
    expect(await running).toMatchObject({ kind: 'lost', sent: true })
    expect((await host.run(['true'], { timeoutMs })).exitCode).toBe(0)
    endProcessesWith(seconds)
    await host.close()
  })

  it('is not asked for anything when the jump host is not the one meant', async () => {
    const before = visits(inner)
    const error = await failure(
      behind(sshd.host({ hostKeys: [`SHA256:${'A'.repeat(43)}`] }, 'jump')).run(['true'], { timeoutMs }),
    )
    expect(error).toMatchObject({ kind: 'host-key', sent: false, host: 'inner' })
    expect(error.message).toContain('jump')
    expect(visits(inner)).toBe(before)
  })

  it('must prove its own key through the jump host too', async () => {
    const host = behind(sshd.host({ user: 'operator' }, 'jump'), [`SHA256:${'A'.repeat(43)}`])
    expect(await failure(host.run(['true'], { timeoutMs }))).toMatchObject({ kind: 'host-key', sent: false })
    await host.close()
  })

  it('is unreachable when the jump host is unknown or leads in a circle', async () => {
    const circle = sshd.host({ jump: 'jump' }, 'jump')
    expect((await failure(behind(circle).run(['true'], { timeoutMs }))).message).toContain('leads back to itself')
    const nowhere = sshd.host({ jump: 'gone' }, 'jump')
    expect((await failure(behind(nowhere).run(['true'], { timeoutMs }))).message).toContain('not defined')
  })
})
