// `homeostat reconcile COMPONENT[@HOST]`: asks the running controller for a pass now, whatever its backoff.
import type { Command } from 'commander'
import { splitKey } from '../model/key.ts'
import type { Composition, ControllerAnswer } from './composition.ts'
import { CliError } from './exit.ts'
import { verbSummaries } from './verbs.ts'

export function register(program: Command, composition: Composition): void {
  program
    .command('reconcile <COMPONENT[@HOST]>')
    .summary(verbSummaries.reconcile as string)
    .description('Ask the running controller to look at a component at once, and at a host that did not answer too.')
    .option('--confirm-removal', 'the component is gone from the desired state, and it may really be removed')
    .addHelpText('after', '\nExample:\n  homeostat reconcile node-exporter@dns')
    .action((name: string, flags: { confirmRemoval?: boolean }) =>
      reconcile(name, flags.confirmRemoval === true, composition),
    )
}

async function reconcile(name: string, isConfirmed: boolean, { controller, terminal }: Composition): Promise<void> {
  const { component, host } = splitKey(name as `${string}@${string}`)
  const body = JSON.stringify(isConfirmed || host === '' ? { component } : { component, host })
  const answer = await controller.request('POST', isConfirmed ? '/api/confirm-removal' : '/api/reconcile', { body })
  const keys = keysIn(answer)
  terminal.out(`${keys.map((key) => `component/${key} is looked at now`).join('\n')}\n`)
}

function keysIn(answer: ControllerAnswer): string[] {
  const said = JSON.parse(answer.body) as { keys?: string[]; error?: string }
  if (answer.status === 202 && said.keys !== undefined) return said.keys
  throw new CliError(said.error ?? `the controller answered ${answer.status}`)
}
