// Follows one marked alert through a real Alertmanager: taken, listed, sent by every receiver that it is for, and over.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AlertmanagerPlace,
  type Answer,
  type Attempts,
  countAttempts,
  findAlert,
  type ListedAlert,
  postAlert,
} from './alertmanager-api.ts'
import { failuresTold } from './alertmanager-journal.ts'
import type { Wire } from './http-exchange.ts'
import { type Stage, stage } from './stage.ts'

export interface MarkedAlert {
  labels: Record<string, string>
  /** The label that nobody else's alert has. */
  mark: [string, string]
  summary: string
}

export interface Journey {
  place: AlertmanagerPlace
  alert: MarkedAlert
  /** By receiver, how often it sends one alert by which integration. */
  integrations: ReadonlyMap<string, Record<string, number>>
  timeoutMs: number
  /** Hears of each stage as it is reached. */
  onStage(stage: AlertStage): void
}

/** In the order of the way. */
type AlertStage = Stage<'accepted' | 'listed' | 'sent' | 'resolved'>

const pollMs = 500
/** Alertmanager forgets an alert that is not told again for five minutes. */
const repeatMs = 60_000
/** Attempts of one integration that fail in a row until it is given up here; Alertmanager itself goes on for minutes. */
const hopeless = 3

/** True when every receiver that it is for has sent it. Throws `TransportError` only when the host itself is out of reach. */
export async function followAlert(journey: Journey, wire: Wire): Promise<boolean> {
  const before = await countAttempts(journey.place, wire)
  if (!before.ok) return fail(journey, 'accepted', `Alertmanager, asked for its metrics, ${before.problem}`)
  const taken = await post(journey, wire)
  if (!taken.ok) return fail(journey, 'accepted', `Alertmanager ${taken.problem}`)
  pass(journey, 'accepted', 'Alertmanager took it')
  const listed = await findListed(journey, wire)
  const isSent = listed !== undefined && (await followSending(journey, { listed, before: before.value }, wire))
  return (await resolve(journey, listed, wire)) && isSent
}

function post({ place, alert }: Journey, wire: Wire, times: { startsAt?: string; endsAt?: string } = {}) {
  return postAlert(place, { labels: alert.labels, annotations: { summary: alert.summary }, ...times }, wire)
}

/** Undefined where it is not listed, or not for anybody to hear of. */
async function findListed(journey: Journey, wire: Wire): Promise<ListedAlert | undefined> {
  const { alert, place } = journey
  let found: Answer<ListedAlert | undefined> = { ok: true, value: undefined }
  // It is listed once it was given to the routes.
  for (let look = 0; look < 10; look += 1) {
    found = await findAlert(place, alert.mark, wire)
    if (found.ok && found.value !== undefined && found.value.receivers.length > 0) break
    await sleep(pollMs, undefined, { signal: wire.signal })
  }
  const listed = found.ok ? found.value : undefined
  const hushed = listed === undefined ? undefined : hushedBy(listed)
  const problem = found.ok ? hushed : `Alertmanager ${found.problem}`
  if (listed === undefined || problem !== undefined) {
    fail(journey, 'listed', problem ?? 'Alertmanager took it, and does not list it')
    return undefined
  }
  pass(journey, 'listed', `for ${listed.receivers.map(({ name }) => name).join(', ')}`)
  return listed
}

function hushedBy({ status }: ListedAlert): string | undefined {
  const { silencedBy, inhibitedBy } = status
  if (silencedBy.length > 0) return `silenced by ${silencedBy.join(', ')}: nobody is told`
  return inhibitedBy.length > 0 ? 'inhibited by another alert: nobody is told' : undefined
}

interface Start {
  listed: ListedAlert
  before: Map<string, Attempts>
}

async function followSending(journey: Journey, start: Start, wire: Wire): Promise<boolean> {
  const needed = neededBy(start.listed, journey.integrations)
  if (Object.keys(needed).length === 0) return fail(journey, 'sent', 'its receivers send nothing to anybody')
  const startedMs = performance.now()
  let told = startedMs
  let ways = waysOf(needed, start.before, start.before)
  // Counted twice: between the count of an attempt and the count of its failure there is a moment.
  for (let seenSent = 0; seenSent < 2; ) {
    if (performance.now() - startedMs > journey.timeoutMs || ways.some(isHopeless)) break
    await sleep(pollMs, undefined, { signal: wire.signal })
    if (performance.now() - told > repeatMs) {
      told = performance.now()
      await post(journey, wire)
    }
    const now = await countAttempts(journey.place, wire)
    if (now.ok) ways = waysOf(needed, start.before, now.value)
    seenSent = ways.every(isSent) ? seenSent + 1 : 0
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  const shown = ways.map(({ integration, needed, made, failed }) => {
    const sent = Math.max(0, made - failed)
    return `${integration}: ${sent} of ${needed} sent${failed === 0 ? '' : `, ${failed} attempts failed`}`
  })
  if (ways.every(isSent)) return pass(journey, 'sent', `${shown.join('; ')}; after ${seconds} s`)
  const receivers = start.listed.receivers.map(({ name }) => name)
  const why = await failuresTold(receivers, wire, Math.ceil(journey.timeoutMs / 1000))
  return fail(journey, 'sent', [`${shown.join('; ')}; after ${seconds} s`, ...why].join('; '))
}

interface Way extends Attempts {
  integration: string
  needed: number
}

function neededBy({ receivers }: ListedAlert, integrations: Journey['integrations']): Record<string, number> {
  const needed: Record<string, number> = {}
  for (const { name } of receivers)
    for (const [integration, count] of Object.entries(integrations.get(name) ?? {}))
      needed[integration] = (needed[integration] ?? 0) + count
  return needed
}

function waysOf(needed: Record<string, number>, before: Start['before'], now: Start['before']): Way[] {
  return Object.entries(needed).map(([integration, count]) => {
    const was = before.get(integration) ?? { made: 0, failed: 0 }
    const is = now.get(integration) ?? was
    return { integration, needed: count, made: is.made - was.made, failed: is.failed - was.failed }
  })
}

function isSent({ made, failed, needed }: Way): boolean {
  return made - failed >= needed
}

function isHopeless(way: Way): boolean {
  return !isSent(way) && way.failed >= hopeless * way.needed
}

/** Over by the clock of Alertmanager, which need not be ours: a second after it began. */
async function resolve(journey: Journey, listed: ListedAlert | undefined, wire: Wire): Promise<boolean> {
  // What is not listed ends by itself, five minutes after it was told last.
  if (listed === undefined) return false
  const { startsAt } = listed
  const ended = await post(journey, wire, { startsAt, endsAt: new Date(Date.parse(startsAt) + 1_000).toISOString() })
  if (!ended.ok) return fail(journey, 'resolved', `Alertmanager ${ended.problem}; it ends by itself in five minutes`)
  return pass(journey, 'resolved', 'Alertmanager was told that it is over')
}

function pass({ onStage }: Journey, name: AlertStage['name'], message: string): true {
  onStage(stage(name, true, message))
  return true
}

function fail({ onStage }: Journey, name: AlertStage['name'], message: string): false {
  onStage(stage(name, false, message))
  return false
}
