// `homeostat secrets`: what secrets the desired state needs and has, and a safe way to put one in.
import { type Command, Option } from 'commander'
import type { Composition } from './composition.ts'
import { addSecretOptions, type SecretFlags } from './secret-options.ts'
import { verbSummaries } from './verbs.ts'

interface Flags extends SecretFlags {
  dir?: string
}

export function register(program: Command, composition: Composition): void {
  const group = program.command('secrets').summary(verbSummaries.secrets as string)
  group.description(
    'Check, set, renew and edit the secrets of the desired state: SOPS files (*.sops.yaml, *.sops.json) with age.',
  )
  const verb = (usage: string) =>
    addSecretOptions(group.command(usage)).option('--dir <dir>', 'the desired-state directory (default: desired-state)')

  verb('check')
    .summary('who needs which secret, and whether it can be had')
    .description(
      'List every secret that is referred to or there, by whom it is used, and what is wrong with it. No value is shown.\n' +
        'Exit code 0: all that are needed can be had; 1: not all.',
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['table', 'json', 'yaml']).default('table'),
    )
    .action(async (flags: Flags & { output: 'table' | 'json' | 'yaml' }) =>
      (await import('./secrets-check.ts')).checkSecrets(flags, composition),
    )

  verb('set <name>')
    .summary('put one secret in')
    .description(
      'Set the secret NAME (path/to/key), encrypted for the recipients of its file, or of .sops.yaml where the file is new.\n' +
        'The value is asked for without echo, or read from standard input; it is never an argument.',
    )
    .option('--file <file>', 'SOPS file in the directory (default: the one that has it, or the only one there is)')
    .addHelpText(
      'after',
      '\nExamples:\n  homeostat secrets set grafana/admin_password\n  openssl rand -hex 24 | homeostat secrets set db/password',
    )
    .action(async (name: string, flags: Flags & { file?: string }) =>
      (await import('./secrets-set.ts')).setOne(name, flags, composition),
    )

  verb('renew')
    .summary('from the secrets that came with Homeostat to your own')
    .description(
      'Give every secret that is encrypted for the published key of the lab a new, random value, encrypted for a key of your own.\n' +
        'The key is made, in ~/.config/sops/age/keys.txt, where you have none, and .sops.yaml is written where there is none.',
    )
    .action(async (flags: Flags) => (await import('./secrets-renew.ts')).renewPublished(flags, composition))

  verb('edit [file]')
    .summary('open a SOPS file in $EDITOR')
    .description(
      'Open a SOPS file of the directory as plain text in $VISUAL or $EDITOR, in a private directory in memory that is removed\n' +
        'afterwards, and encrypt it again.',
    )
    .action(async (file: string | undefined, flags: Flags) =>
      (await import('./secrets-edit.ts')).editFile(file, flags, composition),
    )
}
