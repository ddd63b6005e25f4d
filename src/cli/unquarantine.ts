// `homeostat unquarantine COMPONENT[@HOST] [REVISION]`: what was taken back may be tried again.
import type { Command } from 'commander'
import { ask, namedBy } from './asked.ts'
import type { Composition } from './composition.ts'
import { verbSummaries } from './verbs.ts'

export function register(program: Command, composition: Composition): void {
  program
    .command('unquarantine <COMPONENT[@HOST]> [REVISION]')
    .summary(verbSummaries.unquarantine as string)
    .description(
      'Tell the running controller that a revision which was taken back may be tried on the host again: what is written, at ' +
        'once; another one, named by its beginning, when it is written again.',
    )
    .addHelpText('after', '\nExample:\n  homeostat unquarantine prometheus@monitoring 3f9a12c4')
    .action((name: string, revision: string | undefined) =>
      ask('/api/unquarantine', { ...namedBy(name), ...(revision === undefined ? {} : { revision }) }, composition),
    )
}
