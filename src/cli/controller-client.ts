// Talks to the running controller over the unix socket in its state directory.
import type { ControllerAnswer, ControllerClient } from './composition.ts'
import { CliError } from './exit.ts'

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const CONNECT_TIMEOUT_MS = 1_000

/** A client of the socket at the path that `socketPath` returns when it is needed. */
export function controllerClient(socketPath: () => string): ControllerClient {
  return {
    isRunning: () => listens(socketPath()),
    request: (method, path, options = {}) => ask(socketPath(), { method, path, ...options }),
  }
}

async function listens(socketPath: string): Promise<boolean> {
  const { connect } = await import('node:net')
  return new Promise((done) => {
    const socket = connect(socketPath)
    const finish = (answer: boolean) => {
      socket.destroy()
      done(answer)
    }
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish(false))
    socket.on('connect', () => finish(true))
    socket.on('error', () => finish(false))
  })
}

interface Ask {
  method: string
  path: string
  body?: string
  timeoutMs?: number
  signal?: AbortSignal
}

async function ask(
  socketPath: string,
  { method, path, body, timeoutMs = DEFAULT_TIMEOUT_MS, signal }: Ask,
): Promise<ControllerAnswer> {
  // Loaded when needed: most verbs never ask, and start faster for it.
  const { http } = await import('../transport/node-http.ts')
  const deadline = AbortSignal.timeout(timeoutMs)
  return new Promise<ControllerAnswer>((resolve, reject) => {
    const fail = (cause: unknown) => reject(refusal(socketPath, cause, deadline.aborted ? timeoutMs : undefined))
    const request = http.request({
      socketPath,
      method,
      path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    })
    request.on('error', fail)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let sizeBytes = 0
      response.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length
        if (sizeBytes > MAX_ANSWER_BYTES) response.destroy(new Error(`it answered more than ${MAX_ANSWER_BYTES} bytes`))
        else chunks.push(chunk)
      })
      response.on('error', fail)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    request.end(body)
  })
}

function refusal(socketPath: string, cause: unknown, timeoutMs: number | undefined): CliError {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new CliError(
      `no controller is running on ${socketPath}: start one with \`homeostat run\`, or name its state directory with --state`,
      2,
      cause,
    )
  const why = timeoutMs === undefined ? (cause as Error).message : `no answer within ${timeoutMs / 1000} s`
  return new CliError(`the controller on ${socketPath} was asked, but: ${why}`, 2, cause)
}
