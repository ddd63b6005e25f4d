// Finds what the words on the command line mean: `COMPONENT`, `COMPONENT@HOST` or `HOST`.
import { splitKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'
import { nearest } from '../spec/suggest.ts'
import type { Store } from '../store/store.ts'
import { CliError } from './exit.ts'

export interface Selection {
  statuses: ComponentStatus[]
  /** Whether exactly one unit was named (`component@host`): then programs get an object, not a list. */
  isSingle: boolean
}

/**
 * The statuses that the names mean, sorted by key; all of them without a name. Throws `CliError` for a name that means
 * nothing, with the nearest one that does.
 */
export async function selectStatuses(
  store: Store,
  names: readonly string[],
  options: { host?: string | undefined } = {},
): Promise<Selection> {
  const only = names.length === 1 ? names[0] : undefined
  if (only?.includes('@') && options.host === undefined) {
    const { component, host } = splitKey(only as `${string}@${string}`)
    const status = await store.get(`${component}@${host}`)
    if (status !== undefined) return { statuses: [status], isSingle: true }
  }
  const all = await store.list()
  for (const name of names) if (!all.some((status) => isNamed(status, name))) throw unknown(name, all)
  const statuses = all.filter(
    (status) =>
      (names.length === 0 || names.some((name) => isNamed(status, name))) &&
      (options.host === undefined || splitKey(status.key).host === options.host),
  )
  return { statuses, isSingle: false }
}

function isNamed({ key }: ComponentStatus, name: string): boolean {
  return key === name || splitKey(key).component === name
}

function unknown(name: string, all: readonly ComponentStatus[]): CliError {
  const known = name.includes('@') ? all.map(({ key }) => key) : all.map(({ key }) => splitKey(key).component)
  const guess = nearest(name, known)
  return new CliError(
    `there is no component ${JSON.stringify(name)} in the store${guess === undefined ? '' : `; did you mean ${guess}?`}` +
      (guess === undefined ? '; `homeostat get components` lists those there are' : ''),
  )
}
