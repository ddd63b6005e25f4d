// `homeostat sudoers USER`: the file that lets a login user do what Homeostat needs, through `sudo -n`.
import type { Command } from 'commander'
import { isAccountName, sudoersFile } from '../transport/sudoers.ts'
import type { Composition } from './composition.ts'
import { CliError } from './exit.ts'
import { verbSummaries } from './verbs.ts'

export function register(program: Command, { terminal }: Composition): void {
  program
    .command('sudoers <user>')
    .summary(verbSummaries.sudoers as string)
    .description(
      'Print a sudoers file with which the login user USER may run what Homeostat runs on a host through `sudo -n`, and nothing else.\n' +
        'It keeps a person from using the account for other things by mistake, and no more: what Homeostat runs as root is what it is sent.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  homeostat sudoers deploy > homeostat-deploy && visudo -cf homeostat-deploy\n' +
        '  # on the host, as root: install -m 0440 homeostat-deploy /etc/sudoers.d/homeostat-deploy',
    )
    .action((user: string) => {
      if (!isAccountName(user))
        throw new CliError(`${JSON.stringify(user)} is no name of an account: expected a-z, 0-9, "_" and "-"`)
      if (user === 'root') throw new CliError('root needs no sudo')
      terminal.out(sudoersFile(user))
    })
}
