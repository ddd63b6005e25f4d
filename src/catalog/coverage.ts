// Compares what should be measured with what Prometheus says it has.

import type { CoverageRow } from '../model/coverage.ts'
import { type ComponentKey, componentKey } from '../model/key.ts'
import type { Question } from './asked-of-prometheus.ts'
import { namedIn } from './promql.ts'

export interface ScrapedTarget {
  labels: Record<string, string>
  health: string
  lastError: string
}

export interface Expectation {
  job: string
  instance: string
}

/** Metrics by job. */
export type Inventory = ReadonlyMap<string, ReadonlySet<string>>

type Row = Omit<CoverageRow, 'prometheus'>

/** One for each target that should be there or is, what is wrong first. `ownJobs`: jobs that a user has written. */
export function targetRows(expected: Expectation[], scraped: ScrapedTarget[], ownJobs: ReadonlySet<string>): Row[] {
  const wanted = new Set(expected.map(({ job, instance }) => nameOf(job, instance)))
  const found = new Map(scraped.map((target) => [nameOf(target.labels.job, target.labels.instance), target]))
  const missing = [...wanted].filter((name) => !found.has(name))
  const rows = [...found].map(([name, target]): Row => {
    const isWanted = wanted.has(name) || ownJobs.has(target.labels.job ?? '')
    return { kind: 'target', name, ...servedBy(target), ...judged(target, isWanted) }
  })
  const all = [...missing.map((name): Row => ({ kind: 'target', name, ...MISSING })), ...rows]
  return all.sort((a, b) => Number(a.state === 'up') - Number(b.state === 'up') || (a.name < b.name ? -1 : 1))
}

const MISSING = { state: 'missing', message: 'it should be scraped, and Prometheus does not know of it' } as const

function judged({ health, lastError }: ScrapedTarget, isWanted: boolean): Pick<Row, 'state' | 'message'> {
  if (!isWanted)
    return { state: 'unexpected', message: 'it is scraped, and neither the manifest nor a component makes it' }
  if (health === 'up') return { state: 'up', message: '' }
  if (health === 'unknown') return { state: 'unknown', message: 'it was not scraped yet' }
  return { state: 'down', message: lastError }
}

function servedBy({ labels: { component, host } }: ScrapedTarget): Pick<Row, 'component'> {
  return component === undefined || host === undefined ? {} : { component: componentKey(component, host) }
}

function nameOf(job = '', instance = ''): string {
  return `${job} ${instance}`
}

/** One for each job that had metrics which it has no longer. A job without any is told by its target. */
export function vanishedRows(component: ComponentKey, since: string, before: Inventory, now: Inventory): Row[] {
  return [...before].flatMap(([job, were]): Row[] => {
    const are = now.get(job) ?? new Set()
    const metrics = [...were].filter((metric) => !are.has(metric)).sort()
    if (metrics.length === 0 || are.size === 0) return []
    const message = `${count(metrics.length, 'metric')} of ${were.size} gone since ${since}: ${metrics.join(', ')}`
    return [{ kind: 'metrics', name: job, component, state: 'vanished', message, metrics }]
  })
}

/** One for each rule, panel and variable that asks for a metric that is not there. */
export function absentRows(questions: Question[], there: ReadonlySet<string>): Row[] {
  const asked = Map.groupBy(questions, ({ by }) => by)
  return [...asked].flatMap(([by, own]): Row[] => {
    const named = new Set(own.flatMap(({ expr }) => namedIn(expr).metrics))
    const metrics = [...named].filter((metric) => !there.has(metric)).sort()
    if (metrics.length === 0) return []
    return [{ kind: 'question', name: by, state: 'absent', message: `nothing has ${metrics.join(', ')}`, metrics }]
  })
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
