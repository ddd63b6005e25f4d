// Brings a port of a lab host to this machine's 127.0.0.1, for a browser: OpenSSH carries it out of the lab's network
// to a unix socket, the relay takes it from there. Reaches what listens on the host's loopback only, too, or on another of its addresses.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Lab } from './lab.ts'
import { LabError } from './lab-error.ts'
import { hostPaths, labPaths } from './lab-paths.ts'
import { type Relay, startRelay } from './relay.ts'
import { waitUntil } from './wait-until.ts'

/**
 * Returns a relay from `127.0.0.1:localPort` (0: any free port) to `port` as the host itself sees it.
 * @throws LabError `usage` for an unknown host or a taken port, `command` when the host cannot be reached
 */
export async function forwardPort(lab: Lab, host: string, port: number, localPort: number): Promise<Relay> {
  const socketPath = `${hostPaths(labPaths(lab.name), host).runtime}/forward-${port}-${process.pid}.sock`
  const flags = ['-N', '-o', 'ExitOnForwardFailure=yes', '-L', `${socketPath}:${await listenerOf(lab, host, port)}`]
  const [program = '', ...rest] = lab.sshCommand(host, [], flags)
  const tunnel = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let said = ''
  tunnel.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-1000)
  })
  try {
    await waitUntil(10_000, async () => existsSync(socketPath) || tunnel.exitCode !== null)
    if (!existsSync(socketPath)) throw new LabError('command', `cannot forward port ${port} of ${host}: ${said.trim()}`)
    const relay = await startRelay({ socketPath, port: localPort })
    return {
      port: relay.port,
      close: () => Promise.all([relay.close(), end(tunnel, socketPath)]).then(() => undefined),
    }
  } catch (error) {
    await end(tunnel, socketPath)
    throw error
  }
}

/** Where the host itself finds what listens on the port: its loopback, unless it is on another address alone. */
async function listenerOf(lab: Lab, host: string, port: number): Promise<string> {
  const { stdout } = await lab.exec(host, ['ss', '-Hltn', `sport = :${port}`])
  const addresses = [...stdout.matchAll(/^LISTEN\s+\d+\s+\d+\s+(\S+):\d+\s/gm)].map(([, address = '']) => address)
  const isOnLoopback = addresses.some((address) => /^(127\.0\.0\.1|0\.0\.0\.0|\*|\[::\])$/.test(address))
  return `${isOnLoopback ? '127.0.0.1' : (addresses[0] ?? '127.0.0.1')}:${port}`
}

async function end(tunnel: ChildProcess, socketPath: string): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    if (tunnel.exitCode !== null || tunnel.signalCode !== null) resolve()
    else tunnel.once('close', () => resolve())
  })
  tunnel.kill()
  await ended
  await rm(socketPath, { force: true })
}
