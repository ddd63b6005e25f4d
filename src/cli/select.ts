// Finds what the words on the command line mean: `COMPONENT`, `COMPONENT@HOST` or `HOST`.
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'
import type { StatusSummary } from '../model/status-summary.ts'
import { nearest } from '../spec/suggest.ts'
import type { ListingStore, SummaryOf } from '../store/store.ts'
import { CliError } from './exit.ts'

export interface Selection<T> {
  rows: T[]
  /** Whether exactly one unit was named (`component@host`): then programs get an object, not a list. */
  isSingle: boolean
}

export interface SelectOptions {
  host?: string | undefined
}

export interface SummaryOptions<Field extends keyof StatusSummary> extends SelectOptions {
  /** What is needed of them beside the key. */
  fields: readonly Field[]
}

/**
 * What lists show of the statuses that the names mean, sorted by key; of all of them without a name. Throws `CliError`
 * for a name that means nothing, with the nearest one that does.
 */
export async function selectSummaries<Field extends keyof StatusSummary>(
  store: ListingStore,
  names: readonly string[],
  { host, fields }: SummaryOptions<Field>,
): Promise<Selection<SummaryOf<Field>>> {
  const all = await store.summaries(fields)
  for (const name of names) if (!all.some((status) => isNamed(status, name))) throw unknown(name, all)
  const isWanted = (status: SummaryOf<Field>) =>
    (names.length === 0 || names.some((name) => isNamed(status, name))) &&
    (host === undefined || splitKey(status.key).host === host)
  return { rows: all.filter(isWanted), isSingle: names.length === 1 && names[0]?.includes('@') === true }
}

/** As `selectSummaries`, with the whole statuses. */
export async function selectStatuses(
  store: ListingStore,
  names: readonly string[],
  options: SelectOptions = {},
): Promise<Selection<ComponentStatus>> {
  const exact = names.length === 1 && options.host === undefined ? await store.get(names[0] as ComponentKey) : undefined
  if (exact !== undefined) return { rows: [exact], isSingle: true }
  const { rows, isSingle } = await selectSummaries(store, names, { ...options, fields: [] })
  if (names.length === 0 && options.host === undefined) return { rows: await store.list(), isSingle }
  const found = []
  for (const { key } of rows) found.push(await store.get(key))
  return { rows: found.filter((status) => status !== undefined), isSingle }
}

function isNamed({ key }: SummaryOf<'key'>, name: string): boolean {
  return key === name || splitKey(key).component === name
}

function unknown(name: string, all: readonly SummaryOf<'key'>[]): CliError {
  const known = name.includes('@') ? all.map(({ key }) => key) : all.map(({ key }) => splitKey(key).component)
  const guess = nearest(name, known)
  return new CliError(
    `there is no component ${JSON.stringify(name)} in the store${guess === undefined ? '' : `; did you mean ${guess}?`}` +
      (guess === undefined ? '; `homeostat get components` lists those there are' : ''),
  )
}
