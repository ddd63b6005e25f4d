// TLS within a connection that the transport opened: whose certificate is asked for, and who may have signed it.
import { addAbortSignal, type Duplex } from 'node:stream'
import { connect } from 'node:tls'
import type { TlsExpectation } from '../model/probe.ts'
import { type AttemptContext, reasonOf, rethrowUnreachable } from './attempt.ts'

/** A file of all public authorities has some 230 kB. */
const maxCaBytes = 1024 * 1024

/** The stream inside TLS, once the handshake is done; throws what TLS says, for instance that the certificate has expired. */
export async function secured(
  stream: Duplex,
  tls: TlsExpectation,
  context: Pick<AttemptContext, 'transport' | 'signal'>,
): Promise<Duplex> {
  const { serverName: servername, trust } = tls
  const ca = typeof trust === 'object' && 'caFile' in trust ? await authorities(trust.caFile, context) : undefined
  addAbortSignal(context.signal, stream)
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`no TLS with ${servername}: ${reason}`))
    const inner = connect({
      socket: stream,
      servername,
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: typeof trust === 'string' || !('anybodyBecause' in trust),
      ...(ca === undefined ? {} : { ca }),
    })
    inner.on('error', (error) => fail(error.message))
    inner.once('secureConnect', () => resolve(inner))
    // The stream beneath can end without a word, in the middle of the handshake; and where TLS ends it, it is closed before TLS says why.
    stream.once('close', () => fail(inner.errored?.message ?? 'the connection was closed'))
  })
}

async function authorities(
  path: string,
  { transport, signal }: Pick<AttemptContext, 'transport' | 'signal'>,
): Promise<string> {
  const cannot = (reason: string) => new Error(`the certificates in ${path} cannot be read: ${reason}`)
  try {
    const argv = ['cat', '--', path]
    const { exitCode, stdout, stderr } = await transport.run(argv, {
      timeoutMs: 5_000,
      maxOutputBytes: maxCaBytes,
      signal,
    })
    if (exitCode === 0) return stdout.toString('latin1')
    throw cannot(stderr.toString('utf8').trim())
  } catch (error) {
    rethrowUnreachable(error)
    throw error instanceof Error && error.name === 'Error' ? error : cannot(reasonOf(error))
  }
}
