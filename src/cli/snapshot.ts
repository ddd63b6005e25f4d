// `homeostat snapshot`: the persisted state machine of each component, as it would be restored after a crash.
import type { Command } from 'commander'
import type { ComponentKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'
import type { ListingStore } from '../store/store.ts'
import type { Composition } from './composition.ts'
import { CliError } from './exit.ts'
import { isBrief, type OutputFormat, outputOption, print, printRows } from './output.ts'
import { selectStatuses, selectSummaries } from './select.ts'
import { snapshotPresentation, snapshotRows, snapshotText } from './snapshot-presentation.ts'
import { verbSummaries } from './verbs.ts'
import { watch } from './watch.ts'
import { sayWhenOld, withReader } from './with-reader.ts'

interface SnapshotOptions {
  output: OutputFormat | 'mermaid'
  watch?: boolean
}

export function register(program: Command, composition: Composition): void {
  program
    .command('snapshot [COMPONENT[@HOST]]')
    .summary(verbSummaries.snapshot as string)
    .description(
      'Show the persisted state machine: its state, its context, the conditions, and what it would react to next.',
    )
    .addOption(outputOption(['mermaid']))
    .option('-w, --watch', 'keep printing what changes, until Ctrl-C')
    .addHelpText('after', '\nExample:\n  homeostat snapshot prometheus@monitoring -o mermaid')
    .action((name: string | undefined, options: SnapshotOptions) =>
      withReader(composition, (store) => snapshot(composition, store, name, options)),
    )
}

async function snapshot(
  composition: Composition,
  store: ListingStore,
  name: string | undefined,
  options: SnapshotOptions,
): Promise<void> {
  const names = name === undefined ? [] : [name]
  const { output } = options
  if (output === 'mermaid') return drawDiagram(composition, store, name)
  if (options.watch) return watchSnapshots(composition, store, names, output)
  if (isBrief(output)) {
    const { rows } = await selectSummaries(store, names, snapshotRows)
    const [only, ...others] = rows
    if (output === 'table' && name !== undefined && only !== undefined && others.length === 0)
      await printPage(composition, store, only.key)
    else printRows(composition, output, rows, snapshotRows)
  } else {
    const { rows, isSingle } = await selectStatuses(store, names)
    await print(composition, output, rows, await snapshotPresentation(), { isSingle })
  }
  await sayWhenOld(composition, { output })
}

async function printPage({ terminal, nowMs }: Composition, store: ListingStore, key: ComponentKey): Promise<void> {
  for (const status of (await selectStatuses(store, [key])).rows)
    terminal.out(await snapshotText(status, terminal, nowMs()))
}

async function watchSnapshots(
  composition: Composition,
  store: ListingStore,
  names: string[],
  output: OutputFormat,
): Promise<void> {
  const read = async () => (await selectStatuses(store, names)).rows
  const watched = { read, id: ({ key }: ComponentStatus) => key, fingerprint: fingerprintOf }
  await watch(composition, output, watched, await snapshotPresentation())
}

function fingerprintOf({ lifecycle, conditions }: ComponentStatus): string {
  return JSON.stringify([lifecycle, conditions])
}

/** The diagram of the machine; with a component on one host, its present state is marked. */
async function drawDiagram({ terminal }: Composition, store: ListingStore, name: string | undefined): Promise<void> {
  const { mermaidDiagram } = await import('../../machines/diagram.ts')
  if (name === undefined) return terminal.out(mermaidDiagram())
  const { rows } = await selectSummaries(store, [name], { fields: ['state'] })
  const [only, ...others] = rows
  if (only === undefined || others.length > 0) {
    const keys = rows.map(({ key }) => key).join(', ')
    throw new CliError(`a diagram shows one component on one host, and ${name} is on several: choose one of ${keys}`)
  }
  terminal.out(mermaidDiagram(only.state))
}
