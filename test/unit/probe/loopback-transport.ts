// The smallest transport: connections and programs of this machine, for probes against real servers on loopback.
import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { type RunResult, type Transport, TransportError } from '../../../src/transport/transport.ts'

export function loopbackTransport(overrides: Partial<Transport> = {}): Transport {
  return {
    run,
    script: () => Promise.reject(new Error('probes run no scripts')),
    connect: open,
    fresh: () => Promise.reject(new Error('probes open no connections of their own')),
    close: () => Promise.resolve(),
    ...overrides,
  }
}

function open(address: string, port: number, { signal }: { signal?: AbortSignal }): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address, () => resolve(socket))
    const refuse = (cause: Error) =>
      reject(new TransportError('refused', 'here', `${address}:${port}: ${cause.message}`, { sent: false, cause }))
    socket.once('error', refuse)
    signal?.addEventListener('abort', () => socket.destroy(new Error('aborted')), { once: true })
  })
}

function run(
  argv: string[],
  options: { timeoutMs: number; maxOutputBytes?: number; signal?: AbortSignal },
): Promise<RunResult> {
  const [program = '', ...rest] = argv
  const { timeoutMs: timeout, maxOutputBytes: maxBuffer, signal } = options
  return new Promise((resolve, reject) => {
    execFile(program, rest, { encoding: 'buffer', timeout, maxBuffer, signal }, (error, stdout, stderr) => {
      if (error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
        reject(new TransportError('output', 'here', 'more output than allowed', { sent: true, cause: error }))
      } else if (error?.killed)
        reject(new TransportError('timeout', 'here', 'the time was up', { sent: true, cause: error }))
      else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr, durationMs: 0 })
    })
  })
}
