// `homeostat complete -- WORDS…`: the candidates for the last word, one a line. What the completion scripts ask.
import type { Command } from 'commander'
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
      const found = await candidates(root, words, () => storedNames(composition))
      composition.terminal.out(found.map((candidate) => `${candidate}\n`).join(''))
    })
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
