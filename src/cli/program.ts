// The command line as a whole: global options, the help that lists every verb, and the one verb that was asked for.
import { Command } from 'commander'
import type { Composition } from './composition.ts'
import { hiddenVerbs, loadVerb, verbSummaries } from './verbs.ts'

/** The root command without any verb; it throws `CommanderError` where commander would end the process. */
export function rootCommand(version: string): Command {
  return new Command('homeostat')
    .description('GitOps for plain Linux hosts: keeps every host as the YAML says, and takes a bad change back.')
    .option('--state <dir>', 'where the controller keeps its store (default: $HOMEOSTAT_STATE or .homeostat)')
    .option('--no-color', 'no colours; NO_COLOR in the environment does the same')
    .version(version, '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nExamples:\n  homeostat demo\n  homeostat get components -w\n  homeostat describe prometheus',
    )
    .showHelpAfterError('Add --help to see how it is used.')
    .exitOverride()
}

/** Adds the verbs: the one asked for whole, the others by summary only, for the help and for `did you mean`. */
export async function addVerbs(program: Command, composition: Composition, asked: string | undefined): Promise<void> {
  const load = async (name: string) => (await loadVerb(name)).register(program, composition)
  if (asked !== undefined && hiddenVerbs.includes(asked)) await load(asked)
  for (const [name, summary] of Object.entries(verbSummaries)) {
    if (name === asked) await load(name)
    else program.command(name).summary(summary).description(summary)
  }
}
