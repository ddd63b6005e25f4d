// `homeostat get components|hosts|events`: lists what the store knows, and keeps listing what changes with `-w`.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ComponentKey } from '../model/key.ts'
import type { ComponentStatus, Event } from '../model/status.ts'
import { summarize } from '../model/status-summary.ts'
import type { EventQuery, ListingStore } from '../store/store.ts'
import { componentPresentation, componentRows } from './component-presentation.ts'
import type { Composition } from './composition.ts'
import { eventPresentation } from './event-presentation.ts'
import { CliError } from './exit.ts'
import { hostPresentation, hostViews } from './host-presentation.ts'
import { isBrief, type OutputFormat, outputOption, print, printRows } from './output.ts'
import { selectStatuses, selectSummaries } from './select.ts'
import { exitCodeOf } from './state.ts'
import { verbSummaries } from './verbs.ts'
import { type Watched, watch } from './watch.ts'
import { sayWhenOld, withReader } from './with-reader.ts'

/** Most events read at once. */
const MAX_EVENTS = 100_000

interface GetOptions {
  output: OutputFormat
  watch?: boolean
  host?: string
  limit: number
  warnings?: boolean
  exitCode?: boolean
}

export function register(program: Command, composition: Composition): void {
  const get = program.command('get').summary(verbSummaries.get as string)
  get.description('List components, hosts or events. Reads the store: it does not matter whether a controller runs.')
  components(get, composition)
  hosts(get, composition)
  events(get, composition)
}

function kind(get: Command, name: string, alias: string, argument: string): Command {
  return get
    .command(`${name} [${argument}...]`)
    .alias(alias)
    .addOption(outputOption())
    .option('-w, --watch', 'keep printing what changes, until Ctrl-C')
}

function components(get: Command, composition: Composition): void {
  kind(get, 'components', 'component', 'COMPONENT[@HOST]')
    .summary('the components on their hosts')
    .option('--host <host>', 'only those on this host')
    .option('--exit-code', 'exit 1 when one of them is not healthy, 3 when one is rolled back')
    .addHelpText('after', '\nExample:\n  homeostat get components prometheus node-exporter@dns -o wide')
    .action((names: string[], options: GetOptions) =>
      withReader(composition, (store) => getComponents(composition, store, names, options)),
    )
}

async function getComponents(
  composition: Composition,
  store: ListingStore,
  names: string[],
  options: GetOptions,
): Promise<void> {
  const watched: Watched<ComponentStatus> = {
    read: async () => (await selectStatuses(store, names, options)).rows,
    id: ({ key }) => key,
    fingerprint: ({ updatedAtMs: _, ...status }) => JSON.stringify(status),
  }
  if (options.watch) return watch(composition, options.output, watched, componentPresentation)
  const rows = await listComponents(composition, store, names, options)
  sayWhenEmpty(composition, options, rows, 'no components yet: the controller has not seen a desired state')
  if (options.exitCode) composition.exit(exitCodeOf(rows))
  await sayWhenOld(composition, options)
}

async function listComponents(
  composition: Composition,
  store: ListingStore,
  names: string[],
  options: GetOptions,
): Promise<Parameters<typeof exitCodeOf>[0]> {
  const { output } = options
  if (isBrief(output)) {
    const { rows } = await selectSummaries(store, names, { ...options, ...componentRows })
    printRows(composition, output, rows, componentRows)
    return rows
  }
  const { rows, isSingle } = await selectStatuses(store, names, options)
  await print(composition, output, rows, componentPresentation, { isSingle })
  return rows.map(summarize)
}

function hosts(get: Command, composition: Composition): void {
  kind(get, 'hosts', 'host', 'HOST')
    .summary('the hosts and whether they are reached')
    .addHelpText('after', '\nExample:\n  homeostat get hosts -o json')
    .action((names: string[], options: GetOptions) =>
      withReader(composition, (store) => getHosts(composition, store, names, options)),
    )
}

async function getHosts(
  composition: Composition,
  store: ListingStore,
  names: string[],
  options: GetOptions,
): Promise<void> {
  const read = async () => {
    const views = hostViews(await store.hosts(), await store.summaries(['state', 'ready']))
    for (const name of names)
      if (!views.some((view) => view.name === name))
        throw new CliError(`there is no host ${JSON.stringify(name)} in the store`)
    return views.filter((view) => names.length === 0 || names.includes(view.name))
  }
  const watched = { read, id: (host: { name: string }) => host.name, fingerprint: JSON.stringify }
  if (options.watch) return watch(composition, options.output, watched, hostPresentation)
  const rows = await read()
  await print(composition, options.output, rows, hostPresentation, { isSingle: names.length === 1 })
  sayWhenEmpty(composition, options, rows, 'no hosts yet: the controller has not seen a desired state')
  await sayWhenOld(composition, options)
}

function events(get: Command, composition: Composition): void {
  get
    .command('events [COMPONENT[@HOST]]')
    .alias('event')
    .summary('what happened, oldest first')
    .addOption(outputOption())
    .option('-w, --watch', 'keep printing what happens, until Ctrl-C')
    .option('--host <host>', 'only those of this host')
    .option('--warnings', 'only warnings')
    .addOption(new Option('--limit <n>', 'the newest so many').argParser(count).default(100))
    .addHelpText('after', '\nExample:\n  homeostat get events prometheus@monitoring -w')
    .action((name: string | undefined, options: GetOptions) =>
      withReader(composition, (store) => getEvents(composition, store, name, options)),
    )
}

async function getEvents(
  composition: Composition,
  store: ListingStore,
  name: string | undefined,
  options: GetOptions,
): Promise<void> {
  const next = eventReader(store, queryFor(name, options), options)
  const watched = { read: next, id: (event: Event) => String(event.id), fingerprint: () => '' }
  if (options.watch) return watch(composition, options.output, watched, eventPresentation)
  const rows = await next()
  await print(composition, options.output, rows, eventPresentation)
  sayWhenEmpty(composition, options, rows, 'no events')
}

function queryFor(name: string | undefined, { host }: GetOptions): EventQuery {
  const query: EventQuery = host === undefined ? {} : { host }
  if (name === undefined) return query
  return name.includes('@') ? { ...query, key: name as ComponentKey } : { ...query, component: name }
}

/** Each call returns the events that the call before had not seen; the first one the newest `limit` of them. */
function eventReader(store: ListingStore, query: EventQuery, { limit, warnings }: GetOptions): () => Promise<Event[]> {
  let afterId: number | undefined
  return async () => {
    const isFirst = afterId === undefined
    const wide = { ...query, limit: isFirst && !warnings ? limit : MAX_EVENTS }
    const events = await store.events(afterId === undefined ? wide : { ...wide, afterId })
    afterId = events.at(-1)?.id ?? afterId ?? 0
    const shown = warnings ? events.filter(({ type }) => type === 'Warning') : events
    return isFirst ? shown.slice(-limit) : shown
  }
}

function count(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > MAX_EVENTS)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_EVENTS}.`)
  return number
}

function sayWhenEmpty(
  { terminal }: Composition,
  { output }: GetOptions,
  rows: readonly unknown[],
  message: string,
): void {
  if (rows.length === 0 && (output === 'table' || output === 'wide')) terminal.err(`${message}\n`)
}
