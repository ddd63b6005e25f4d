// The `tcp` probe: a connection from the host's own point of view, closed at once or after the server's greeting.
import { addAbortSignal, type Duplex } from 'node:stream'
import type { ProbeResult, TcpProbe } from '../model/probe.ts'
import { type AttemptContext, never, notYet, passed, reasonOf, rethrowUnreachable } from './attempt.ts'
import { mismatch } from './match.ts'
import { excerpt } from './sentence.ts'

/** A greeting is a line or a few: RFC 5321 has 512 bytes for one of SMTP, RFC 4253 255 for that of SSH. */
const maxGreetingBytes = 4096

/** Passes when somebody accepts the connection and greets as expected. A refusal is never certain: the service may still be starting. */
export async function checkTcp(probe: TcpProbe, context: AttemptContext): Promise<ProbeResult> {
  const place = `${probe.address}:${probe.port} on ${context.host}`
  try {
    const { timeoutMs } = probe
    const stream = await context.transport.connect(probe.address, probe.port, { timeoutMs, signal: context.signal })
    // An error that comes after the connection stood is no evidence against it, but unheard it would end the process.
    stream.on('error', () => stream.destroy())
    if (probe.greeting !== undefined) return await judgeGreeting(probe, probe.greeting, place, stream, context.signal)
    stream.destroy()
    return passed(probe, `${place} accepts connections`)
  } catch (error) {
    rethrowUnreachable(error)
    return notYet(probe, `${place} accepts no connection: ${reasonOf(error)}`)
  }
}

async function judgeGreeting(
  probe: TcpProbe,
  pattern: string,
  place: string,
  stream: Duplex,
  signal: AbortSignal,
): Promise<ProbeResult> {
  addAbortSignal(signal, stream)
  const said = await firstLine(stream)
  if (said === '') return notYet(probe, `${place} accepts connections, and closed this one without a word`)
  const problem = mismatch(pattern, 'its greeting', said)
  if (problem === undefined) return passed(probe, `${place} greets with ${excerpt(said)}`)
  const message = `${place} accepts connections, but ${problem.message}: ${excerpt(said)}`
  return problem.certain ? never(probe, message) : notYet(probe, message)
}

/** What came up to the first line break; bounded, and over with the stream. */
async function firstLine(stream: Duplex): Promise<string> {
  let said = ''
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    said += chunk.toString('latin1')
    if (said.includes('\n') || said.length > maxGreetingBytes) break
  }
  return said.slice(0, maxGreetingBytes)
}
