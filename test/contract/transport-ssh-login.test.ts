// SSH against a real sshd: who may log in, with which key, through which login shell, and as whom commands run.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { SshOptions } from '../../src/model/host.ts'
import { localTransport } from '../../src/transport/local.ts'
import { type SshTransportOptions, sshTransport } from '../../src/transport/ssh.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { startProxy } from './transport-proxy.ts'
import {
  type Account,
  freePort,
  generateKey,
  isRoot,
  needProgram,
  publicKey,
  startSshd,
  type TestSshd,
} from './transport-sshd.ts'
import { eventually, failure } from './transport-support.ts'

const timeoutMs = 60_000
const accounts: Account[] = [
  { name: 'dash', uid: 0, shell: '/bin/sh' },
  { name: 'noisy', uid: 0, shell: '/bin/bash', files: { '.bashrc': 'echo welcome; echo warning >&2; set -x\n' } },
  { name: 'fish', uid: 0, shell: '/usr/bin/fish', files: { '.config/fish/config.fish': 'echo welcome\n' } },
  { name: 'tcsh', uid: 0, shell: '/bin/tcsh', files: { '.tcshrc': 'echo welcome\n' } },
  { name: 'nologin', uid: 0, shell: '/usr/sbin/nologin' },
  { name: 'greedy', uid: 0, shell: '/bin/bash', files: { '.bashrc': 'read line\n' } },
  { name: 'admin', uid: 61001, shell: '/bin/bash', sudo: 'allowed' },
  { name: 'asked', uid: 61002, shell: '/bin/bash', sudo: 'password' },
  { name: 'guest', uid: 61003, shell: '/bin/bash', sudo: 'none' },
]
let sshd: TestSshd
const opened: Transport[] = []

function open(ssh: Partial<SshOptions>, options: SshTransportOptions = {}): Transport {
  const transport = sshTransport(sshd.host(ssh), { home: join(sshd.directory, 'nobody'), agentSocket: '', ...options })
  opened.push(transport)
  return transport
}

beforeAll(async () => {
  if (!isRoot) return
  for (const program of ['fish', 'tcsh', 'sudo']) needProgram(program)
  sshd = await startSshd({ accounts })
}, 300_000)
afterAll(async () => {
  for (const transport of opened) await transport.close()
  await sshd?.stop()
})

describe.skipIf(!isRoot)('login shells', () => {
  const hard = ["it's", '!x', '\\', '\\0101', 'a\nb', '$HOME', '{a,b}', 'é', '(x)']

  it.each(['dash', 'noisy', 'fish', 'tcsh'])(
    '%s starts commands and scripts, and its own words stay out of the output',
    async (user) => {
      const transport = open({ user })
      const printed = await transport.run(['printf', '%s\\0', ...hard], { timeoutMs, stdin: 'ignored' })
      expect(printed.stdout.toString().split('\0').slice(0, -1)).toEqual(hard)
      expect(printed.stderr.toString()).toBe('')
      const echoed = await transport.run(['cat'], { timeoutMs, stdin: 'one\ntwo' })
      expect(echoed.stdout.toString()).toBe('one\ntwo')
      const script = await transport.script("echo 'it''s' \\! {a,b}; exit 3", { timeoutMs })
      expect(script).toMatchObject({ exitCode: 3, stdout: Buffer.from('its ! {a,b}\n'), stderr: Buffer.from('') })
    },
  )

  it('says that an account may not run commands', async () => {
    const error = await failure(open({ user: 'nologin' }).run(['true'], { timeoutMs }))
    expect(error).toMatchObject({ kind: 'authentication', sent: false })
    expect(error.message).toContain('not available')
  })

  it('runs nothing when a start-up file reads the input', async () => {
    const file = join(sshd.directory, 'greedy-ran')
    const transport = open({ user: 'greedy' })
    const attempts = [
      () => transport.run(['touch', file], { timeoutMs }),
      () => transport.script(`touch ${file}`, { timeoutMs }),
    ]
    for (const attempt of attempts) {
      const error = await failure(attempt())
      expect(error).toMatchObject({ kind: 'authentication', sent: false })
      expect(error.message).toContain('start-up file')
    }
    expect(existsSync(file)).toBe(false)
  })
})

describe.skipIf(!isRoot)('sudo', () => {
  it('runs commands and scripts as root for a user who may, and ends them there', async () => {
    const transport = open({ user: 'admin', sudo: true })
    expect((await transport.run(['id', '-u'], { timeoutMs })).stdout.toString()).toBe('0\n')
    expect((await transport.script('id -u; cat; exit 4', { timeoutMs })).exitCode).toBe(4)
    expect((await transport.run(['cat'], { timeoutMs, stdin: Buffer.from([0, 255, 10, 13]) })).stdout).toEqual(
      Buffer.from([0, 255, 10, 13]),
    )
    expect((await transport.run(['sh', '-c', 'kill -KILL $$'], { timeoutMs })).exitCode).toBe(137)
    expect(await failure(transport.run(['sleep', '34567'], { timeoutMs: 3_000 }))).toMatchObject({
      kind: 'timeout',
      sent: true,
    })
  })

  it.each([
    ['asked', 'a password is required'],
    ['guest', 'sudo'],
  ])('says that %s is denied, and why, and runs nothing', async (user, why) => {
    const file = join(sshd.directory, `ran-as-${user}`)
    const error = await failure(open({ user, sudo: true }).run(['touch', file], { timeoutMs, stdin: 'p0ison' }))
    expect(error).toMatchObject({ kind: 'privilege', sent: false })
    expect(error.message).toContain(why)
    expect(error.message).not.toContain('p0ison')
    expect(existsSync(file)).toBe(false)
  })

  it('is used on this machine too', async () => {
    const script = 'id -u; tr "\\0" " " </proc/$(ps -o ppid= -p $PPID | tr -d " ")/cmdline'
    const { stdout } = await localTransport('here', { sudo: true }).script(script, { timeoutMs })
    expect(stdout.toString()).toMatch(/^0\nsudo -n -- timeout/)
  })

  it('runs as the user himself where sudo is off', async () => {
    expect((await open({ user: 'guest' }).run(['id', '-u'], { timeoutMs })).stdout.toString()).toBe('61003\n')
  })
})

describe.skipIf(!isRoot)('keys of ours', () => {
  it('says which key was refused and does not ask again at once', async () => {
    const other = join(sshd.directory, 'other')
    generateKey('ed25519', other)
    const proxy = await startProxy(sshd.port)
    onTestFinished(() => proxy.stop())
    let nowMs = 0
    const knownHostsFile = join(sshd.directory, 'known-proxy')
    const { type, base64 } = publicKey(sshd.hostKeyFile('ed25519'))
    writeFileSync(knownHostsFile, `[127.0.0.1]:${proxy.port} ${type} ${base64}\n`)
    const transport = open({ port: proxy.port, identityFile: other, knownHostsFile }, { nowMs: () => nowMs })
    const error = await failure(transport.run(['true'], { timeoutMs }))
    expect(error).toMatchObject({ kind: 'authentication', sent: false })
    expect(error.message).toContain(other)
    const second = await failure(transport.fresh())
    expect(second.message).toMatch(/Not tried again for another 5 s/)
    expect(proxy.connectionCount()).toBe(1)
    nowMs = 5_001
    copyFileSync(sshd.identityFile, other)
    expect((await transport.run(['true'], { timeoutMs })).exitCode).toBe(0)
    expect(proxy.connectionCount()).toBe(2)
    await transport.close()
  })

  it('says what is wrong with an identity file', async () => {
    const open644 = join(sshd.directory, 'open644')
    copyFileSync(sshd.identityFile, open644)
    chmodSync(open644, 0o644)
    const locked = join(sshd.directory, 'locked')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'correct horse', '-f', locked])
    for (const [identityFile, why] of [
      [open644, 'chmod 600'],
      [locked, 'passphrase'],
      ['/nonexistent/key', 'it does not exist'],
      [`${sshd.identityFile}.pub`, 'it is a public key; name the private one'],
    ] as const) {
      const error = await failure(open({ identityFile }).run(['true'], { timeoutMs }))
      expect(error).toMatchObject({ kind: 'authentication', sent: false })
      expect(error.message).toContain(why)
    }
  })

  it('uses the default keys of the user, and says when there are none', async () => {
    const home = join(sshd.directory, 'home-with-keys')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    const host = sshd.host()
    delete host.ssh.identityFile
    const none = await failure(sshTransport(host, { home, agentSocket: '' }).run(['true'], { timeoutMs }))
    expect(none.message).toContain('no key to offer')
    copyFileSync(sshd.identityFile, join(home, '.ssh/id_ed25519'))
    const deadAgent = join(sshd.directory, 'no-agent.sock')
    const transport = sshTransport(host, { home, agentSocket: deadAgent })
    expect((await transport.run(['true'], { timeoutMs })).exitCode).toBe(0)
    await transport.close()
  })

  it('logs in with a key that only a real ssh-agent holds', async () => {
    const socket = join(sshd.directory, 'agent.sock')
    const agent: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    onTestFinished(() => void agent.kill())
    await eventually(() => existsSync(socket))
    const env = { ...process.env, SSH_AUTH_SOCK: socket }
    const stranger = join(sshd.directory, 'stranger')
    generateKey('rsa', stranger)
    for (const key of [stranger, sshd.identityFile]) execFileSync('ssh-add', ['-q', key], { env, stdio: 'ignore' })
    const host = sshd.host()
    delete host.ssh.identityFile
    const transport = sshTransport(host, { home: '/nonexistent', agentSocket: socket })
    expect((await transport.run(['true'], { timeoutMs })).exitCode).toBe(0)
    await transport.close()
  })

  it('says when a key may not open TCP streams, or run commands of ours', async () => {
    const [restricted, forced] = ['restricted', 'forced'].map((name) => join(sshd.directory, name)) as [string, string]
    for (const [file, rule] of [
      [restricted, 'restrict'],
      [forced, 'command="echo only this"'],
    ] as const) {
      generateKey('ed25519', file)
      const { type, base64 } = publicKey(file)
      appendFileSync(join(sshd.directory, 'authorized_keys'), `${rule} ${type} ${base64}\n`)
    }
    const tunnel = await failure(
      open({ identityFile: restricted }).connect('127.0.0.1', await freePort(), { timeoutMs }),
    )
    expect(tunnel).toMatchObject({ kind: 'privilege', sent: false })
    expect(tunnel.message).toContain('AllowTcpForwarding')
    const command = await failure(open({ identityFile: forced }).run(['true'], { timeoutMs }))
    expect(command).toMatchObject({ kind: 'authentication', sent: false })
    expect(command.message).toContain('only this')
  })

  it('never puts a private key into an error', async () => {
    const lines = readFileSync(sshd.identityFile, 'utf8')
      .split('\n')
      .filter((line) => line.length > 40)
    const error = await failure(open({ user: 'unknown-user' }).run(['true'], { timeoutMs }))
    for (const line of lines) expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain(line)
  })
})
