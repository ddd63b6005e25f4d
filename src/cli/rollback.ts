// `homeostat rollback COMPONENT[@HOST]`: asks the running controller for what was proven before, or for what is written again.
import { type Command, InvalidArgumentError } from 'commander'
import { ask, namedBy } from './asked.ts'
import type { Composition } from './composition.ts'
import { CliError } from './exit.ts'
import { verbSummaries } from './verbs.ts'

interface RollbackFlags {
  to?: number
  resume?: boolean
}

export function register(program: Command, composition: Composition): void {
  program
    .command('rollback <COMPONENT[@HOST]>')
    .summary(verbSummaries.rollback as string)
    .description(
      'Ask the running controller to bring back what was proven on a host before what runs there. It proves itself anew, and ' +
        'stays until something else is written or until --resume; what is written is not tried there meanwhile.',
    )
    .option(
      '--to <generation>',
      'the number that `history` shows; default: the last proven one before what runs',
      toNumber,
    )
    .option('--resume', 'bring what is written again')
    .addHelpText(
      'after',
      '\nExamples:\n  homeostat rollback prometheus@monitoring\n  homeostat rollback prometheus@monitoring --to 4\n  homeostat rollback prometheus@monitoring --resume',
    )
    .action((name: string, flags: RollbackFlags) => rollBack(name, flags, composition))
}

async function rollBack(name: string, { to, resume }: RollbackFlags, composition: Composition): Promise<void> {
  if (resume && to !== undefined) throw new CliError('--to says where to go back to, --resume ends that: one of them')
  if (resume) return ask('/api/unquarantine', namedBy(name), composition)
  return ask('/api/rollback', { ...namedBy(name), ...(to === undefined ? {} : { to }) }, composition)
}

function toNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected the number of a generation')
  return Number(text)
}
