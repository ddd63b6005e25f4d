// `homeostat complete -- WORDS…`: the candidates for the last word, one a line. What the completion scripts ask.
import type { Command } from 'commander'
import { componentKey } from '../model/key.ts'
import { candidates, type Names } from './candidates.ts'
import type { Composition } from './composition.ts'
import { addVerbs, rootCommand } from './program.ts'
import { namesOf } from './state.ts'
import { verbOf, verbSummaries } from './verbs.ts'
import { withReader } from './with-reader.ts'

export function register(program: Command, composition: Composition): void {
  program
    .command('complete', { hidden: true })
    .description('Print the candidates for the last of the words, one a line. For the completion scripts.')
    .argument('[words...]')
    .action(async (words: string[]) => {
      // A root of its own: the words name another verb than the one that runs.
      const root = rootCommand(composition.version)
      const verb = verbOf(words.slice(0, -1))
      await addVerbs(root, composition, verb !== undefined && Object.hasOwn(verbSummaries, verb) ? verb : undefined)
      const names = verb !== undefined && OF_THE_YAML.includes(verb) ? writtenNames : storedNames
      const found = await candidates(root, words, () => names(composition))
      composition.terminal.out(found.map((candidate) => `${candidate}\n`).join(''))
    })
}

/** They change what is written, deployed or not. */
const OF_THE_YAML: readonly string[] = ['enable', 'disable', 'adopt']

async function writtenNames(composition: Composition): Promise<Names> {
  const { readWritten } = await import('./read-written.ts')
  const { desired } = await readWritten(composition.desiredStateDir(undefined))
  const components = Object.values(desired.components)
  return {
    components: components.flatMap(({ name, hosts }) => [name, ...hosts.map((host) => componentKey(name, host))]),
    hosts: Object.keys(desired.hosts),
  }
}

async function storedNames(composition: Composition): Promise<Names> {
  return withReader(composition, async (store) => {
    const statuses = await store.summaries([])
    const hosts = await store.hosts()
    return {
      components: [...new Set(statuses.map((status) => namesOf(status).component)), ...statuses.map(({ key }) => key)],
      hosts: hosts.map(({ name }) => name),
    }
  })
}
