// The `tcp` probe: a connection from the host's own point of view, closed at once.
import type { ProbeResult, TcpProbe } from '../model/probe.ts'
import { type AttemptContext, notYet, passed, reasonOf, rethrowUnreachable } from './attempt.ts'

/** Passes when somebody accepts the connection. A refusal is never certain: the service may still be starting. */
export async function checkTcp(probe: TcpProbe, context: AttemptContext): Promise<ProbeResult> {
  const place = `${probe.address}:${probe.port} on ${context.host}`
  try {
    const { timeoutMs } = probe
    const stream = await context.transport.connect(probe.address, probe.port, { timeoutMs, signal: context.signal })
    // An error that comes after the connection stood is no evidence against it, but unheard it would end the process.
    stream.on('error', () => stream.destroy())
    stream.destroy()
    return passed(probe, `${place} accepts connections`)
  } catch (error) {
    rethrowUnreachable(error)
    return notYet(probe, `${place} accepts no connection: ${reasonOf(error)}`)
  }
}
