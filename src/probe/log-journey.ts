// Follows one marked line from a host's journal through its log shipper to Loki, and says how far it came.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogRoundTripProbe, Probe } from '../model/probe.ts'
import { type AttemptContext, reasonOf, rethrowUnreachable } from './attempt.ts'
import { judge } from './health.ts'
import { askLoki, lokiPlace, writeLine } from './log-round-trip.ts'
import type { Prober } from './prober.ts'
import { type Stage, stage } from './stage.ts'

export interface LogJourney {
  /** Of the shipper: where its lines arrive, and under which labels. */
  arrives: LogRoundTripProbe
  /** What else proves that the shipper works. */
  shipper: Probe[]
  timeoutMs: number
}

type LogStage = Stage<'journal' | 'shipper' | 'loki'>

const POLL_MS = 500
const JOURNAL_MS = 5_000

/** The stages as far as it came; the line is looked for in Loki whatever the shipper says of itself. Throws `TransportError`. */
export async function followLine(journey: LogJourney, prober: Prober, context: AttemptContext): Promise<LogStage[]> {
  const mark = `homeostat-test-${randomBytes(8).toString('hex')}`
  const written = await intoJournal(mark, context)
  if (!written.passed) return [written]
  const shipper = judge(await prober(journey.shipper, context))
  return [written, stage('shipper', shipper.passed, shipper.message), await outOfLoki(journey, mark, context)]
}

async function intoJournal(mark: string, context: AttemptContext): Promise<LogStage> {
  const line = `${mark}: a test by homeostat test logs: nothing is wrong`
  const problem = await writeLine({ timeoutMs: JOURNAL_MS }, line, context)
  if (problem !== undefined) return stage('journal', false, problem)
  const argv = ['journalctl', '--quiet', '--no-pager', '--output=cat', '--identifier=homeostat', '--since=-60s']
  const endMs = performance.now() + JOURNAL_MS
  while (performance.now() < endMs) {
    if ((await output(argv, context)).includes(mark))
      return stage('journal', true, `${mark} is in the journal of ${context.host}`)
    await sleep(POLL_MS, undefined, { signal: context.signal })
  }
  return stage('journal', false, `the line was written, and journalctl on ${context.host} does not show it within 5 s`)
}

async function output(argv: string[], { transport, signal }: AttemptContext): Promise<string> {
  try {
    return (await transport.run(argv, { timeoutMs: JOURNAL_MS, signal })).stdout.toString('utf8')
  } catch (error) {
    rethrowUnreachable(error)
    return reasonOf(error)
  }
}

async function outOfLoki({ arrives, timeoutMs }: LogJourney, mark: string, context: AttemptContext): Promise<LogStage> {
  const startedMs = performance.now()
  let missing = 'was not looked for'
  do {
    const problem = await askLoki(arrives, mark, context)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    if (problem === undefined) return stage('loki', true, `read back from ${lokiPlace(arrives)} after ${seconds} s`)
    missing = problem
    await sleep(POLL_MS, undefined, { signal: context.signal })
  } while (performance.now() - startedMs < timeoutMs)
  return stage(
    'loki',
    false,
    `not to be had from ${lokiPlace(arrives)} within ${timeoutMs / 1000} s: the line ${missing}`,
  )
}
