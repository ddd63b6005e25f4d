// The contract of `Transport`, kept by both implementations: commands, scripts, limits and TCP streams.
import { createHash, randomBytes } from 'node:crypto'
import { createServer as createHttpServer, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localTransport } from '../../src/transport/local.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { freePort, isRoot, startSshd, type TestSshd } from './transport-sshd.ts'
import { eventually, failure, processesWith, sleepingFor, uniqueSeconds } from './transport-support.ts'

const timeoutMs = 60_000
const accounts = [{ name: 'operator', uid: 0, shell: '/bin/sh' }]
let sshd: TestSshd

const subjects = [
  { name: 'this machine', open: () => localTransport('here') },
  { name: 'a host over SSH', open: () => sshTransport(sshd.host({ user: 'operator' })) },
]

beforeAll(async () => {
  if (isRoot) sshd = await startSshd({ accounts })
})
afterAll(async () => sshd?.stop())

describe.skipIf(!isRoot).each(subjects)('transport to $name', ({ open }) => {
  let transport: Transport
  beforeAll(() => {
    transport = open()
  })
  afterAll(() => transport.close())

  it('returns a non-zero exit status as a result', async () => {
    const result = await transport.run(['sh', '-c', 'echo out; echo err >&2; exit 3'], { timeoutMs })
    expect(result).toMatchObject({ exitCode: 3, stdout: Buffer.from('out\n'), stderr: Buffer.from('err\n') })
    expect(result.signal).toBeUndefined()
  })

  it('names the signal that ended a program', async () => {
    expect(await transport.run(['sh', '-c', 'kill -TERM $$'], { timeoutMs })).toMatchObject({
      exitCode: 143,
      signal: 'SIGTERM',
    })
  })

  it('says 127 for a program that does not exist', async () => {
    const result = await transport.run(['no-such-program'], { timeoutMs })
    expect(result.exitCode).toBe(127)
    expect(result.stderr.toString()).toContain('no-such-program')
  })

  it('hands over every argument exactly, whatever is in it', async () => {
    const args = [
      '',
      ' ',
      'a b',
      "it's",
      '"',
      '\\',
      '\\0101',
      '$HOME',
      '`id`',
      '!x',
      '*',
      '~',
      'a\nb',
      '\n',
      '%s',
      '-n',
      'é€𝄞',
      '\u0001\u007f',
    ]
    const { stdout } = await transport.run(['printf', '%s\\0', ...args], { timeoutMs })
    expect(stdout.toString().split('\0').slice(0, -1)).toEqual(args)
  })

  it('refuses an argument no program can get', async () => {
    await expect(transport.run(['echo', 'a\0b'], { timeoutMs })).rejects.toThrow(RangeError)
    await expect(transport.run(['echo', 'x'.repeat(200_000)], { timeoutMs })).rejects.toThrow(/standard input/)
  })

  it('keeps 600 kB of three-byte characters exact', async () => {
    const { stdout } = await transport.run(['sh', '-c', 'yes € | head -n 200000 | tr -d "\\n"'], { timeoutMs })
    expect(stdout.toString()).toBe('€'.repeat(200_000))
  })

  it('carries 5 MB of any bytes in both directions', async () => {
    const bytes = randomBytes(5_000_000)
    const { stdout } = await transport.run(['cat'], { stdin: bytes, timeoutMs })
    expect(createHash('sha256').update(stdout).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('closes standard input, and lets a program ignore it', async () => {
    expect((await transport.run(['wc', '-c'], { timeoutMs })).stdout.toString().trim()).toBe('0')
    expect((await transport.run(['true'], { stdin: randomBytes(3_000_000), timeoutMs })).exitCode).toBe(0)
  })

  it('stops output beyond the cap and ends the program that writes it', async () => {
    const word = `y${uniqueSeconds()}`
    const error = await failure(transport.run(['yes', word], { timeoutMs, maxOutputBytes: 100_000 }))
    expect(error).toMatchObject({ kind: 'output', sent: true })
    await eventually(() => processesWith(word).length === 0)
    const small = await failure(transport.run(['head', '-c', '1001', '/dev/zero'], { timeoutMs, maxOutputBytes: 1000 }))
    expect(small.kind).toBe('output')
    expect(
      (await transport.run(['head', '-c', '1000', '/dev/zero'], { timeoutMs, maxOutputBytes: 1000 })).stdout,
    ).toHaveLength(1000)
  })

  it('hands over output while the command runs, byte for byte and beyond any cap', async () => {
    const chunks: Buffer[] = []
    const ended = new AbortController()
    const running = transport.script('echo first; cat /dev/zero | head -c 300000; echo last; sleep 120', {
      timeoutMs,
      maxOutputBytes: 1000,
      onStdout: (chunk) => void chunks.push(chunk),
      signal: ended.signal,
    })
    const arrived = () => Buffer.concat(chunks)
    await eventually(() => arrived().length === 6 + 300_000 + 5)
    ended.abort()
    expect((await failure(running)).kind).toBe('aborted')
    expect(arrived().subarray(0, 6).toString()).toBe('first\n')
    expect(arrived().subarray(-5).toString()).toBe('last\n')
  })

  it('keeps nothing of an output that was handed over', async () => {
    const chunks: Buffer[] = []
    const result = await transport.run(['echo', 'here'], { timeoutMs, onStdout: (chunk) => void chunks.push(chunk) })
    expect(Buffer.concat(chunks).toString()).toBe('here\n')
    expect(result).toMatchObject({ exitCode: 0, stdout: Buffer.alloc(0) })
  })

  it('ends a program that runs past its deadline, with all it started', async () => {
    const seconds = uniqueSeconds()
    const error = await failure(
      transport.run(['sh', '-c', `sleep ${seconds} & sleep ${seconds}`], { timeoutMs: 3_000 }),
    )
    expect(error).toMatchObject({ kind: 'timeout', sent: true })
    await eventually(() => processesWith(seconds).length === 0)
  })

  it('kills a program that ignores being asked to end', async () => {
    const seconds = uniqueSeconds()
    const error = await failure(
      transport.run(['sh', '-c', `trap "" TERM; sleep ${seconds}; sleep ${seconds}`], { timeoutMs: 3_000 }),
    )
    expect(error).toMatchObject({ kind: 'timeout', sent: true })
    await eventually(() => processesWith(seconds).length === 0)
  })

  it('does not call status 124 of the program itself a timeout', async () => {
    expect((await transport.run(['sh', '-c', 'exit 124'], { timeoutMs })).exitCode).toBe(124)
  })

  it('stops at once when the caller aborts, and ends the program', async () => {
    const seconds = uniqueSeconds()
    const controller = new AbortController()
    const running = failure(transport.run(['sleep', seconds], { timeoutMs, signal: controller.signal }))
    await eventually(() => sleepingFor(seconds).length > 0)
    controller.abort()
    expect(await running).toMatchObject({ kind: 'aborted', sent: true })
    await eventually(() => processesWith(seconds).length === 0)
  })

  it('starts nothing for a caller that has already aborted', async () => {
    const error = await failure(transport.run(['true'], { timeoutMs, signal: AbortSignal.abort() }))
    expect(error).toMatchObject({ kind: 'aborted', sent: false })
  })

  it('runs twelve commands at once, without a warning', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error): number => warnings.push(warning)
    process.on('warning', onWarning)
    const numbers = Array.from({ length: 12 }, (_, index) => index)
    const results = await Promise.all(
      numbers.map((n) => transport.run(['sh', '-c', `sleep 0.1; echo ${n}`], { timeoutMs })),
    )
    expect(results.map((result) => Number(result.stdout.toString()))).toEqual(numbers)
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  it('runs a script that shows in no argument list and finds no input', async () => {
    const secret = `s3cret-${uniqueSeconds()}`
    const result = await transport.script(`x=${secret}\nsleep 0.3\ncat\necho "$x" é\nexit 5`, { timeoutMs })
    expect(result).toMatchObject({ exitCode: 5, stdout: Buffer.from(`${secret} é\n`) })
    const seconds = `3.5${uniqueSeconds().replace('.', '')}`
    const during = transport.script(`x=${secret}; sleep ${seconds}; echo done`, { timeoutMs })
    await eventually(() => sleepingFor(seconds).length > 0)
    expect(processesWith(secret)).toEqual([])
    await during
  })

  it('runs nothing of a script that does not parse', async () => {
    const result = await transport.script('echo started\nif true; then echo half', { timeoutMs })
    expect(result.exitCode).not.toBe(0)
    expect(result.stdout.toString()).toBe('')
  })

  it('keeps here-documents, quotes and a last line without newline in a script', async () => {
    const script = "cat <<'E'\n$x `y` \\z\nE\nprintf %s 'a'\\''b'"
    expect((await transport.script(script, { timeoutMs })).stdout.toString()).toBe("$x `y` \\z\na'b")
  })

  it('runs as root, in English, with the administrator’s programs in reach', async () => {
    const { stdout } = await transport.script('id -u; echo "$LC_ALL"; command -v visudo sysctl', { timeoutMs })
    expect(stdout.toString()).toMatch(/^0\nC\.UTF-8\n.*\/sbin\//s)
  })

  it('opens a TCP stream from the host, both ways', async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const stream = await transport.connect('127.0.0.1', (server.address() as AddressInfo).port, { timeoutMs })
    const bytes = randomBytes(3_000_000)
    stream.end(bytes)
    const echoed = await stream.toArray()
    expect(Buffer.concat(echoed).equals(bytes)).toBe(true)
    server.close()
  })

  it('carries HTTP over such a stream', async () => {
    const server = createHttpServer((_request, response) => response.end('ready')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const stream = await transport.connect('127.0.0.1', (server.address() as AddressInfo).port, { timeoutMs })
    expect(await get(stream)).toBe('ready')
    server.close()
  })

  it('says refused where nobody listens', async () => {
    const error = await failure(transport.connect('127.0.0.1', await freePort(), { timeoutMs }))
    expect(error).toMatchObject({ kind: 'refused', sent: false })
  })

  it('opens a second transport that outlives the first being closed', async () => {
    const second = await transport.fresh()
    expect((await second.run(['true'], { timeoutMs })).exitCode).toBe(0)
    await second.close()
    expect((await transport.run(['true'], { timeoutMs })).exitCode).toBe(0)
  })
})

async function get(stream: Duplex): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const call = request({ createConnection: () => stream, path: '/', host: 'probe' }, (response) =>
    resolve(text(response)),
  )
  call.once('error', reject).end()
  return promise
}
