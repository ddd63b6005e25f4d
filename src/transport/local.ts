// This very machine, under the same contract as a host over SSH: the same framed commands, started by a local shell.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { connect as connectTcp } from 'node:net'
import { homedir } from 'node:os'
import type { Duplex } from 'node:stream'
import { Deadline, unlessAborted } from './deadline.ts'
import { type Runner, runCommand } from './run-command.ts'
import type { Ending, Process } from './running-command.ts'
import { Slots } from './slots.ts'
import { type RunOptions, type RunResult, type ScriptOptions, type Transport, TransportError } from './transport.ts'

export interface LocalTransportOptions {
  /** Whether commands run through `sudo -n`; default: exactly when this process is not root. */
  sudo?: boolean
}

const maxProcesses = 8

/** See `Transport`. `host` is the name to use in messages. */
export function localTransport(host: string, options: LocalTransportOptions = {}): Transport {
  const runner: Runner = { host, sudo: options.sudo ?? process.getuid?.() !== 0, launch: launcher(host) }
  return {
    run: (argv: string[], { stdin, ...rest }: RunOptions): Promise<RunResult> =>
      runCommand(runner, stdin === undefined ? { argv } : { argv, stdin }, rest),
    script: (text: string, { kept, ...rest }: ScriptOptions): Promise<RunResult> =>
      runCommand(runner, { script: kept === undefined ? text : `${text}\n${kept}` }, rest),
    connect: (address, port, rest) => connect(host, address, port, rest),
    fresh: async () => localTransport(host, options),
    close: async () => undefined,
  }
}

function launcher(host: string): Runner['launch'] {
  const slots = new Slots(maxProcesses)
  return async (line, deadline) => {
    const release = await slots.acquire(deadline.signal)
    try {
      return await start(host, line(deadline.remainingMs()), release)
    } catch (error) {
      release()
      throw error
    }
  }
}

async function start(host: string, line: string, release: () => void): Promise<Process> {
  const child = spawn('/bin/sh', ['-c', line], {
    stdio: 'pipe',
    cwd: '/',
    env: environment(),
  })
  const { promise: spawned, resolve, reject } = Promise.withResolvers<void>()
  child.once('spawn', resolve)
  child.once('error', (cause) => {
    reject(
      new TransportError(
        'unreachable',
        host,
        `${host}: no shell could be started: ${cause.message}. Nothing was started.`,
        { sent: false, cause },
      ),
    )
  })
  await spawned
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended: ending(child, release),
    close: () => letGo(child),
  }
}

/** Only what a login would have: the controller's own environment may hold secrets. */
function environment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: homedir() }
}

function ending(child: ChildProcessWithoutNullStreams, release: () => void): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  child.once('close', (exitCode, signal) => {
    release()
    resolve(signal === null ? { exitCode } : { exitCode, signal })
  })
  return promise
}

function letGo(child: ChildProcessWithoutNullStreams): void {
  child.stdin.destroy()
  child.stdout.destroy()
  child.stderr.destroy()
}

async function connect(
  host: string,
  address: string,
  port: number,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<Duplex> {
  const deadline = new Deadline(host, options.timeoutMs, options.signal)
  const socket = connectTcp({ host: address, port, noDelay: true })
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  socket.once('connect', () => resolve(socket))
  // Stays: a stream nobody reads any more must not end the process.
  socket.on('error', (cause) => {
    reject(
      new TransportError('refused', host, `${host}: ${address}:${port}: ${cause.message}.`, { sent: false, cause }),
    )
  })
  try {
    return await unlessAborted(promise, deadline.signal)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    deadline.close()
  }
}
