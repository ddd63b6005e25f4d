// `homeostat snapshot`: the persisted state machine of each component, as it would be restored after a crash.
import type { Command } from 'commander'
import type { ComponentStatus } from '../model/status.ts'
import type { Store } from '../store/store.ts'
import type { Composition } from './composition.ts'
import { CliError } from './exit.ts'
import { type OutputFormat, outputOption, print } from './output.ts'
import { selectStatuses } from './select.ts'
import { snapshotPresentation, snapshotText } from './snapshot-presentation.ts'
import { stateName } from './state.ts'
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
  store: Store,
  name: string | undefined,
  options: SnapshotOptions,
): Promise<void> {
  const names = name === undefined ? [] : [name]
  const { output } = options
  if (output === 'mermaid') return drawDiagram(composition, store, name)
  const presentation = await snapshotPresentation(output)
  const read = async () => (await selectStatuses(store, names)).statuses
  const watched = { read, id: ({ key }: ComponentStatus) => key, fingerprint: fingerprintOf }
  if (options.watch) return watch(composition, output, watched, presentation)
  const { statuses, isSingle } = await selectStatuses(store, names)
  const [only] = statuses
  if (isSingle && only !== undefined && output === 'table')
    composition.terminal.out(await snapshotText(only, composition.terminal, composition.nowMs()))
  else await print(composition, output, statuses, presentation, { isSingle })
  await sayWhenOld(composition, { output })
}

function fingerprintOf({ lifecycle, conditions }: ComponentStatus): string {
  return JSON.stringify([lifecycle, conditions])
}

/** The diagram of the machine; with a component on one host, its present state is marked. */
async function drawDiagram({ terminal }: Composition, store: Store, name: string | undefined): Promise<void> {
  const { mermaidDiagram } = await import('../../machines/diagram.ts')
  if (name === undefined) return terminal.out(mermaidDiagram())
  const { statuses } = await selectStatuses(store, [name])
  const [only, ...others] = statuses
  if (only === undefined || others.length > 0) {
    const keys = statuses.map(({ key }) => key).join(', ')
    throw new CliError(`a diagram shows one component on one host, and ${name} is on several: choose one of ${keys}`)
  }
  terminal.out(mermaidDiagram(stateName(only.lifecycle.value)))
}
