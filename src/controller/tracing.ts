// When drift is found, and only then: who is likely to have made it, and what the files said, before that is put back. A hint for
// people, which decides nothing and is not waited for for long.
import { DriverError, type Trace } from '../driver/driver.ts'
import type { Cause } from '../model/operation.ts'
import type { Event } from '../model/status.ts'
import { driftAgeMs } from '../plan/drift-age.ts'
import { differingTexts, textDiffs } from '../plan/drift-text.ts'
import { authorText, LOOK_BACK_MS, likelyAuthor, SLACK_MS } from '../plan/likely-author.ts'
import { TransportError } from '../transport/transport.ts'
import { activeTarget, type Decided } from './deciding.ts'
import type { Pass } from './reconcile.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

const TRACED = new Set(['DriftFound', 'Contested'])

/** The same with what the host's logs and files tell of the drift; unchanged where there is no news of any, or they tell nothing. */
export async function traced(decided: Decided, pass: Pass, tools: Tools): Promise<Decided> {
  const { status, events } = decided
  const { lastDiff } = status
  if (lastDiff === undefined || !events.some(({ reason }) => TRACED.has(reason))) return decided
  const target = activeTarget(status, pass)
  const changedAtMs = pass.seen.hostTimeMs - (driftAgeMs(lastDiff.diff, pass.seen) ?? 0)
  const paths = differingTexts(lastDiff.diff, target)
  const found = await trace(paths, changedAtMs, pass, tools)
  const author = likelyAuthor(lastDiff.diff, found.deeds, changedAtMs)
  const texts = textDiffs(paths, target, found.contents)
  const more = { ...(author && { author }), ...(texts.length > 0 && { texts }) }
  const said = author === undefined ? '' : `; ${authorText(author)}`
  const withMore = (event: Event) =>
    TRACED.has(event.reason)
      ? { ...event, message: `${event.message}${said}`, details: { ...event.details, ...more } }
      : event
  return { ...decided, status: { ...status, lastDiff: { ...lastDiff, ...more } }, events: events.map(withMore) }
}

async function trace(paths: string[], changedAtMs: number, { host }: Pass, tools: Tools): Promise<Trace> {
  const asked = { paths, sinceMs: changedAtMs - LOOK_BACK_MS, untilMs: changedAtMs + SLACK_MS }
  try {
    return await tools.driver.trace(tools.transportFor(host), asked, { signal: tools.stopping })
  } catch (error) {
    if (error instanceof TransportError || error instanceof DriverError) return { deeds: [], contents: new Map() }
    throw error
  }
}

/** For the condition: who made the drift that stands. */
export function authorOf({ lastDiff }: Status): { author?: string } {
  const author = lastDiff?.cause === 'drift' ? lastDiff.author : undefined
  return author === undefined ? {} : { author: authorText(author) }
}

/** Of drift that is put right: who made it is not forgotten over that. */
export function traceOf({ lastDiff }: Status, cause: Cause): Pick<NonNullable<Status['lastDiff']>, 'author' | 'texts'> {
  if (cause !== 'drift' || lastDiff?.cause !== 'drift') return {}
  const { author, texts } = lastDiff
  return { ...(author && { author }), ...(texts && { texts }) }
}
