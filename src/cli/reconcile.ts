// `homeostat reconcile COMPONENT[@HOST]`: asks the running controller for a pass now, and for another try of what had failed.
import type { Command } from 'commander'
import { ask, namedBy } from './asked.ts'
import type { Composition } from './composition.ts'
import { CliError } from './exit.ts'
import { verbSummaries } from './verbs.ts'

interface ReconcileFlags {
  unfreeze?: boolean
  confirmRemoval?: boolean
  all?: string
}

export function register(program: Command, composition: Composition): void {
  program
    .command('reconcile [COMPONENT[@HOST]]')
    .summary(verbSummaries.reconcile as string)
    .description(
      'Ask the running controller to look at a component at once, also on a host that did not answer. What has failed is tried ' +
        'again now, even if it had been given up; what somebody keeps changing on the host is put back again.',
    )
    .option(
      '--confirm-removal',
      'it is gone from the desired state and may really be removed; counts once, for an hour',
    )
    .option('--all <digest>', 'with --confirm-removal: exactly the components that this digest of a message stands for')
    .option('--unfreeze', 'go on although most hosts ceased to answer or to be healthy at once')
    .addHelpText(
      'after',
      '\nExamples:\n  homeostat reconcile node-exporter@dns\n  homeostat reconcile --confirm-removal loki',
    )
    .action((name: string | undefined, flags: ReconcileFlags) => reconcile(name, flags, composition))
}

async function reconcile(name: string | undefined, flags: ReconcileFlags, composition: Composition): Promise<void> {
  if (flags.unfreeze) return unfreeze(name, flags, composition)
  const isConfirmed = flags.confirmRemoval === true
  await ask(isConfirmed ? '/api/confirm-removal' : '/api/reconcile', whatIn(name, flags), composition)
}

async function unfreeze(
  name: string | undefined,
  { confirmRemoval }: ReconcileFlags,
  { controller, terminal }: Pick<Composition, 'controller' | 'terminal'>,
): Promise<void> {
  if (name !== undefined || confirmRemoval) throw new CliError('--unfreeze is about all hosts and stands alone')
  const { status, body } = await controller.request('POST', '/api/unfreeze', { body: '{}' })
  if (status !== 202)
    throw new CliError((JSON.parse(body) as { error?: string }).error ?? `the controller answered ${status}`)
  terminal.out('what waited goes on\n')
}

function whatIn(name: string | undefined, { confirmRemoval, all }: ReconcileFlags): object {
  if (all !== undefined && (name !== undefined || !confirmRemoval))
    throw new CliError('--all DIGEST goes with --confirm-removal and without a component')
  if (all !== undefined) return { all }
  if (name === undefined) throw new CliError('which component? homeostat reconcile COMPONENT[@HOST]')
  return namedBy(name)
}
