// `homeostat reconcile COMPONENT[@HOST]`: asks the running controller for a pass now, and for another try of what had failed.
import type { Command } from 'commander'
import { escapeControl } from '../model/escape-control.ts'
import { splitKey } from '../model/key.ts'
import type { Composition, ControllerAnswer } from './composition.ts'
import { CliError } from './exit.ts'
import { verbSummaries } from './verbs.ts'

interface Answer {
  keys?: string[]
  /** Where it was asked for and not confirmed. */
  asked?: { key: string; does: string }[]
  error?: string
}

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

async function reconcile(
  name: string | undefined,
  flags: ReconcileFlags,
  { controller, terminal }: Composition,
): Promise<void> {
  if (flags.unfreeze) return unfreeze(name, flags, { controller, terminal })
  const isConfirmed = flags.confirmRemoval === true
  const body = JSON.stringify(whatIn(name, flags))
  const answer = await controller.request('POST', isConfirmed ? '/api/confirm-removal' : '/api/reconcile', { body })
  const lines = said(answer).map(({ key, does }) => `component/${key} ${does}\n`)
  terminal.out(escapeControl(lines.join(''), { keep: '\n' }))
}

async function unfreeze(
  name: string | undefined,
  { confirmRemoval }: ReconcileFlags,
  { controller, terminal }: Pick<Composition, 'controller' | 'terminal'>,
): Promise<void> {
  if (name !== undefined || confirmRemoval) throw new CliError('--unfreeze is about all hosts and stands alone')
  const { status, body } = await controller.request('POST', '/api/unfreeze', { body: '{}' })
  if (status !== 202) throw new CliError((JSON.parse(body) as Answer).error ?? `the controller answered ${status}`)
  terminal.out('what waited goes on\n')
}

function whatIn(name: string | undefined, { confirmRemoval, all }: ReconcileFlags): Record<string, string> {
  if (all !== undefined && (name !== undefined || !confirmRemoval))
    throw new CliError('--all DIGEST goes with --confirm-removal and without a component')
  if (all !== undefined) return { all }
  if (name === undefined) throw new CliError('which component? homeostat reconcile COMPONENT[@HOST]')
  const { component, host } = splitKey(name as `${string}@${string}`)
  return host === '' ? { component } : { component, host }
}

/** What is done about each key. */
function said(answer: ControllerAnswer): { key: string; does: string }[] {
  const { keys, asked, error } = JSON.parse(answer.body) as Answer
  if (answer.status !== 202 || keys === undefined)
    throw new CliError(error ?? `the controller answered ${answer.status}`)
  return asked ?? keys.map((key) => ({ key, does: 'may be removed' }))
}
