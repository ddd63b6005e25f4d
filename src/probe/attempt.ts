// One attempt at one probe: what a check is given, how it says what it found, and the deadline that always ends it.
import type { Probe, ProbeResult } from '../model/probe.ts'
import { TransportError } from '../transport/transport.ts'
import type { ProbeContext } from './prober.ts'
import { sentence } from './sentence.ts'

export interface AttemptContext extends ProbeContext {
  /** Aborted at the probe's deadline and when the round is given up. */
  signal: AbortSignal
}

/** The work of one kind of probe. It throws only what `rethrowUnreachable` lets through. */
export type Check<P extends Probe> = (probe: P, context: AttemptContext) => Promise<ProbeResult>

export function passed(probe: Probe, message: string): ProbeResult {
  return { name: probe.name, passed: true, certain: false, message: sentence(message) }
}

/** It did not pass, and may yet: the service is perhaps still starting. */
export function notYet(probe: Probe, message: string): ProbeResult {
  return { name: probe.name, passed: false, certain: false, message: sentence(message) }
}

/** It did not pass, and waiting cannot help. */
export function never(probe: Probe, message: string): ProbeResult {
  return { name: probe.name, passed: false, certain: true, message: sentence(message) }
}

export interface Attempt {
  result: ProbeResult
  /** Nothing came in time: a service that hangs, or a host that went silent. */
  timedOut: boolean
}

/**
 * Runs a check until the probe's deadline at most, even where the transport beneath does not react to being aborted. Throws
 * `TransportError`: when the host cannot be reached, and of kind `aborted` when the caller's signal fires.
 */
export async function attempt<P extends Probe>(probe: P, context: ProbeContext, check: Check<P>): Promise<Attempt> {
  const over = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<Attempt>()
  const giveUp = () => {
    reject(new TransportError('aborted', context.host, `probe ${probe.name} was given up`, { sent: true }))
    over.abort()
  }
  const timer = setTimeout(() => {
    resolve(late(probe, context, `had no complete answer within ${probe.timeoutMs} ms`))
    over.abort()
  }, probe.timeoutMs)
  context.signal?.addEventListener('abort', giveUp, { once: true })
  if (context.signal?.aborted) giveUp()
  else check(probe, { ...context, signal: over.signal }).then((result) => resolve({ result, timedOut: false }), failed)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    context.signal?.removeEventListener('abort', giveUp)
  }

  function failed(error: unknown): void {
    if (error instanceof TransportError && error.kind === 'timeout') resolve(late(probe, context, error.message))
    else reject(error)
  }
}

function late(probe: Probe, context: ProbeContext, message: string): Attempt {
  return { result: notYet(probe, `${probe.kind} probe on ${context.host}: ${message}`), timedOut: true }
}

/**
 * What a check does with an error first. An error that says that the host as such is out of reach is passed on: that is a
 * condition of the host, never of the component. So is a timeout, which `attempt` judges.
 */
export function rethrowUnreachable(error: unknown): void {
  if (!(error instanceof TransportError)) return
  if (error.kind !== 'refused' && error.kind !== 'output') throw error
}

/** The reason in an error's own words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
