// A real OpenSSH server for the transport's contract tests: its own keys and configuration, on a loopback port, in its own
// mount namespace, so that the test accounts exist for this server alone and vanish with it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, connect as tcpConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostSpec, SshOptions } from '../../src/model/host.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Transport } from '../../src/transport/transport.ts'

export interface Account {
  name: string
  uid: number
  shell: string
  /** Files in the home directory. */
  files?: Record<string, string>
  sudo?: 'allowed' | 'password' | 'none'
}

export interface TestSshd {
  directory: string
  port: number
  pid: number
  identityFile: string
  knownHostsFile: string
  hostKeyFile(type: string): string
  /** `SHA256:…`, as ssh-keygen says it. */
  fingerprint(type: string): string
  host(overrides?: Partial<SshOptions>, name?: string): HostSpec
  log(): string
  stop(): Promise<void>
}

/** Opens transports to a server that is started later, with nothing of this machine's own user; `close` closes them all. */
export function createOpener(server: () => TestSshd) {
  const opened: Transport[] = []
  return {
    open(ssh: Partial<SshOptions> = {}, sshd = server()): Transport {
      const transport = sshTransport(sshd.host(ssh), { home: join(sshd.directory, 'nobody'), agentSocket: '' })
      opened.push(transport)
      return transport
    },
    async close(): Promise<void> {
      for (const transport of opened.splice(0)) await transport.close()
    },
  }
}

export const isRoot = process.getuid?.() === 0
if (!isRoot && process.env.CI === 'true')
  throw new Error('the transport tests need root, to start sshd with accounts of its own')

/** Installs Debian packages that are missing; the tests never skip for the want of one. */
export function needProgram(program: string, debianPackage = program): void {
  if (['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((folder) => existsSync(join(folder, program)))) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { env, stdio: 'ignore', timeout: 300_000 } as const
  execFileSync('apt-get', ['update'], options)
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], options)
}

/** Starts a server that has answered once; `config` are lines of sshd_config, which win over ours. */
export async function startSshd(
  options: { accounts?: Account[]; config?: string[]; keyTypes?: string[] } = {},
): Promise<TestSshd> {
  needProgram('sshd', 'openssh-server')
  const directory = mkdtempSync(join(tmpdir(), 'homeostat-sshd-'))
  chmodSync(directory, 0o755)
  const keyTypes = options.keyTypes ?? ['ed25519', 'rsa']
  const hostKeyFile = (type: string): string => join(directory, `host_${type}`)
  for (const type of keyTypes) generateKey(type, hostKeyFile(type))
  const identityFile = join(directory, 'identity')
  generateKey('ed25519', identityFile)
  cpSync(`${identityFile}.pub`, join(directory, 'authorized_keys'))
  writeAccounts(directory, options.accounts ?? [])
  const { port, child } = await listening(directory, keyTypes.map(hostKeyFile), options.config ?? [])
  const knownHostsFile = join(directory, 'known_hosts')
  for (const type of keyTypes) appendFileSync(knownHostsFile, knownHostsLine(port, hostKeyFile(type)))
  return {
    directory,
    port,
    pid: child.pid ?? 0,
    identityFile,
    knownHostsFile,
    hostKeyFile,
    fingerprint: (type) =>
      execFileSync('ssh-keygen', ['-lf', `${hostKeyFile(type)}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '',
    host: (overrides, name) =>
      hostSpec({ user: 'root', port, identityFile, knownHostsFile, hostKeys: [], sudo: false, ...overrides }, name),
    log: () => readFileSync(join(directory, 'sshd.log'), 'utf8'),
    stop: () => stop(child, directory),
  }
}

export function hostSpec(ssh: SshOptions, name = 'testhost'): HostSpec {
  return { name, address: '127.0.0.1', platform: 'debian', connection: 'ssh', ssh, labels: {} }
}

export function generateKey(type: string, file: string): void {
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
    '-N',
    '',
    '-C',
    'test',
    '-f',
    file,
  ])
}

export function publicKey(file: string): { type: string; base64: string } {
  const [type = '', base64 = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ')
  return { type, base64 }
}

export function knownHostsLine(port: number, keyFile: string): string {
  const { type, base64 } = publicKey(keyFile)
  return `[127.0.0.1]:${port} ${type} ${base64}\n`
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

function writeConfig(directory: string, port: number, hostKeys: string[], extra: string[]): void {
  const lines = [
    ...extra,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((file) => `HostKey ${file}`),
    `AuthorizedKeysFile ${directory}/authorized_keys`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UseDNS no',
    'PrintMotd no',
    'LogLevel VERBOSE',
  ]
  writeFileSync(join(directory, 'sshd_config'), `${lines.join('\n')}\n`)
}

function writeAccounts(directory: string, accounts: Account[]): void {
  const files = { passwd: readFileSync('/etc/passwd', 'utf8'), shadow: readFileSync('/etc/shadow', 'utf8') }
  const sudoers = join(directory, 'sudoers.d')
  mkdirSync(sudoers)
  for (const account of accounts) {
    const home = join(directory, `home-${account.name}`)
    mkdirSync(home)
    files.passwd += `${account.name}:x:${account.uid}:${account.uid}::${home}:${account.shell}\n`
    files.shadow += `${account.name}:*:19000:0:99999:7:::\n`
    for (const [name, text] of Object.entries(account.files ?? {})) {
      mkdirSync(join(home, name, '..'), { recursive: true })
      writeFileSync(join(home, name), text)
    }
    const rule = { allowed: 'ALL=(ALL) NOPASSWD: ALL', password: 'ALL=(ALL) ALL' }[account.sudo as string]
    if (rule !== undefined) writeFileSync(join(sudoers, account.name), `${account.name} ${rule}\n`, { mode: 0o440 })
  }
  writeFileSync(join(directory, 'passwd'), files.passwd)
  writeFileSync(join(directory, 'shadow'), files.shadow, { mode: 0o600 })
}

/**
 * `sshd` takes the place of `sh`, which takes that of `setpriv` and `unshare`: one process, ended with the test run however
 * that ends, and its mounts go when the last session goes.
 */
function spawnSshd(directory: string): ChildProcess {
  mkdirSync('/run/sshd', { recursive: true })
  const mounts = ['passwd', 'shadow'].map((name) => `mount --bind ${directory}/${name} /etc/${name}`)
  if (existsSync('/etc/sudoers.d')) mounts.push(`mount --bind ${directory}/sudoers.d /etc/sudoers.d`)
  const script = `${mounts.join(' && ')} && exec /usr/sbin/sshd -D -e -f ${directory}/sshd_config 2>>${directory}/sshd.log`
  return spawn('unshare', ['--mount', 'setpriv', '--pdeathsig', 'TERM', 'sh', '-c', script], { stdio: 'ignore' })
}

/** On a port that is free; another one where somebody has taken it before sshd could. */
async function listening(directory: string, hostKeys: string[], config: string[]) {
  for (let turn = 1; ; turn++) {
    const port = await freePort()
    writeConfig(directory, port, hostKeys, config)
    const child = spawnSshd(directory)
    if (await answers(port, child)) return { port, child }
    if (turn === 3)
      throw new Error(`sshd ended with status ${child.exitCode}: ${readFileSync(join(directory, 'sshd.log'))}`)
  }
}

/** False when it has ended. */
async function answers(port: number, child: ChildProcess): Promise<boolean> {
  for (const endsAt = Date.now() + 60_000; Date.now() < endsAt; ) {
    const banner = await readBanner(port)
    if (child.exitCode !== null) return false
    if (banner.startsWith('SSH-2.0')) return true
  }
  throw new Error('sshd did not answer within a minute')
}

function readBanner(port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = tcpConnect(port, '127.0.0.1')
  socket.once('data', (data) => {
    resolve(data.toString('latin1'))
    socket.destroy()
  })
  socket.once('error', () => setTimeout(resolve, 20, ''))
  return promise
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await exited
  }
  rmSync(directory, { recursive: true, force: true })
}
