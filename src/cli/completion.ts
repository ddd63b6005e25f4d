// `homeostat completion SHELL`: prints the script that makes a shell complete our command line.
import { Argument, type Command } from 'commander'
import { completionScripts, type Shell } from './completion-scripts.ts'
import type { Composition } from './composition.ts'
import { verbSummaries } from './verbs.ts'

export function register(program: Command, composition: Composition): void {
  program
    .command('completion')
    .summary(verbSummaries.completion as string)
    .description(
      'Print the completion script of a shell. It completes verbs, options, and the components and hosts of the store.',
    )
    .addArgument(new Argument('<shell>', 'the shell to complete in').choices(Object.keys(completionScripts)))
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  source <(homeostat completion bash)\n' +
        '  homeostat completion zsh > ~/.zfunc/_homeostat\n' +
        '  homeostat completion fish > ~/.config/fish/completions/homeostat.fish',
    )
    .action((shell: Shell) => composition.terminal.out(completionScripts[shell]))
}
