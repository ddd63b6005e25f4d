// `homeostat describe`: everything that one needs to understand why a component is as it is, on one page.
import type { Command } from 'commander'
import { resourceId } from '../model/resource.ts'
import type { ComponentStatus } from '../model/status.ts'
import { summarize } from '../model/status-summary.ts'
import type { ListingStore } from '../store/store.ts'
import { componentDocument } from './component-presentation.ts'
import type { Composition } from './composition.ts'
import { type Description, descriptionText } from './description.ts'
import { eventDocument } from './event-presentation.ts'
import { type OutputFormat, outputOption, serialize } from './output.ts'
import { selectStatuses } from './select.ts'
import { exitCodeOf, namesOf } from './state.ts'
import { verbSummaries } from './verbs.ts'
import { sayWhenOld, withReader } from './with-reader.ts'

const RECENT_EVENTS = 20

interface DescribeOptions {
  output: OutputFormat
  exitCode?: boolean
}

export function register(program: Command, composition: Composition): void {
  program
    .command('describe <COMPONENT[@HOST]...>')
    .summary(verbSummaries.describe as string)
    .description(
      'Show conditions, revisions, the last difference, the last probes, what is being done, and recent events.',
    )
    .addOption(outputOption())
    .option('--exit-code', 'exit 1 when one of them is not healthy, 3 when one is rolled back')
    .addHelpText('after', '\nExample:\n  homeostat describe prometheus@monitoring')
    .action((names: string[], options: DescribeOptions) =>
      withReader(composition, (store) => describe(composition, store, names, options)),
    )
}

async function describe(
  composition: Composition,
  store: ListingStore,
  names: string[],
  options: DescribeOptions,
): Promise<void> {
  const { rows: statuses, isSingle } = await selectStatuses(store, names)
  const { output } = options
  if (output === 'name') composition.terminal.out(statuses.map(({ key }) => `component/${key}\n`).join(''))
  else if (output === 'json' || output === 'yaml') {
    const documents = []
    for (const status of statuses) documents.push(describeDocument(await describeOne(store, status)))
    const list = { apiVersion: 'homeostat/v1', kind: 'List', items: documents }
    composition.terminal.out(await serialize(output, isSingle ? documents[0] : list))
  } else {
    const pages = []
    for (const status of statuses)
      pages.push(descriptionText(await describeOne(store, status), composition.terminal, composition.nowMs()))
    composition.terminal.out(pages.join('\n\n'))
  }
  await sayWhenOld(composition, options)
  if (options.exitCode) composition.exit(exitCodeOf(statuses.map(summarize)))
}

async function describeOne(store: ListingStore, status: ComponentStatus): Promise<Description> {
  const [host, target, events] = await Promise.all([
    store.host(namesOf(status).host),
    status.desired === undefined ? undefined : store.target(status.desired),
    store.events({ key: status.key, limit: RECENT_EVENTS }),
  ])
  return { status, host, target, events }
}

function describeDocument({ status, host, target, events }: Description): Record<string, unknown> {
  return {
    ...componentDocument(status),
    host: host ?? null,
    resources: target?.resources.map(resourceId) ?? null,
    events: events.map(eventDocument),
  }
}
