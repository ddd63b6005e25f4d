// `homeostat apply --plan DIGEST [DIR]`: does exactly what a plan showed, once, or says what is different by now.
import type { Command } from 'commander'
import { escapeControl } from '../model/escape-control.ts'
import { splitKey } from '../model/key.ts'
import { digestOfDiff, type Receipt, whatChanged } from '../plan/receipt.ts'
import { LOSS_LIMITS } from '../plan/sudden-loss.ts'
import type { Composition, LivePlan, StartOptions } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import { keptPlan, receiptsOf } from './kept-plans.ts'
import { once, toMs } from './once.ts'
import { addSecretOptions, type SecretFlags, secretSources } from './secret-options.ts'
import { addSshOptions, type SshFlags, sshDefaults } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'

interface ApplyFlags extends SshFlags, SecretFlags {
  plan: string
  timeout: number
}

export function register(program: Command, composition: Composition): void {
  addSecretOptions(addSshOptions(program.command('apply [DIR]'), composition))
    .summary(verbSummaries.apply as string)
    .description(
      'Do what `homeostat plan` showed, and nothing else. Refused when the desired state or a host would make another plan of it by ' +
        'now. Exit 0: done and healthy, 1: refused or not healthy, 2: not everything could be looked at, 3: something is rolled back.',
    )
    .requiredOption('--plan <digest>', 'what stands for the plan, as `homeostat plan` printed it')
    .option('--timeout <duration>', 'give up waiting after this long', toMs, 600_000)
    .addHelpText(
      'after',
      '\nExample:\n  homeostat plan desired-state\n  homeostat apply --plan 3f9a12c4e1b2 desired-state',
    )
    .action((dir: string | undefined, flags: ApplyFlags) => apply(dir, flags, composition))
}

async function apply(dir: string | undefined, flags: ApplyFlags, composition: Composition): Promise<void> {
  const options = {
    desiredStateDir: composition.desiredStateDir(dir),
    ssh: sshDefaults(flags),
    secrets: secretSources(flags, composition),
  }
  const stateDir = composition.statePaths().dir
  const live = await composition.planLive({ ...options, stateDir, signal: composition.stop })
  const receipts = receiptsOf(live)
  if (live.digest !== flags.plan) throw refusal(flags.plan, live, keptPlan(stateDir, flags.plan), receipts)
  if (receipts.length === 0) throw new CliError('nothing of this plan is for this controller to do')
  if (await composition.controller.isRunning()) return askController(receipts, composition)
  const receipt = new Map(receipts.map(({ key, changes }) => [key, digestOfDiff({ changes })]))
  await once({ ...startOptions(composition), ...options, receipt }, composition, flags.timeout)
}

function startOptions({
  version,
  statePaths,
  terminal,
}: Composition): Omit<StartOptions, 'desiredStateDir' | 'ssh' | 'secrets'> {
  return {
    version,
    state: statePaths(),
    http: undefined,
    resyncMs: RESYNC_MS,
    lossLimits: LOSS_LIMITS,
    onNotice: (text) => terminal.err(`homeostat: ${escapeControl(text, { keep: '\n' })}\n`),
    log: {
      stream: { write: (text: string) => terminal.err(text) },
      format: terminal.errIsTty ? 'pretty' : 'json',
      color: terminal.color,
      level: 'info',
    },
  }
}

const RESYNC_MS = 60_000

function refusal(digest: string, live: LivePlan, then: Receipt[] | undefined, now: Receipt[]): CliError {
  const unseen = live.components.flatMap(({ key, problem }) => (problem === undefined ? [] : [`${key}: ${problem}`]))
  const lines = then === undefined ? [] : whatChanged(then, now)
  const why =
    then === undefined
      ? ['that plan was not made with this state directory, or is one of those that are no longer kept']
      : lines.length > 0
        ? lines
        : unseen.length > 0
          ? unseen
          : ['what it would come to has changed: files, steps or dependents']
  const next =
    live.digest === undefined
      ? 'There is nothing to do now.'
      : `What there is to do now is plan ${live.digest}: homeostat plan`
  return new CliError(
    `plan ${digest} no longer stands, and nothing was done:\n  ${why.join('\n  ')}\n${next}`,
    exitCodes.problems,
  )
}

/** A controller that runs brings it about by itself; it is asked to do so now. */
async function askController(receipts: Receipt[], { controller, terminal }: Composition): Promise<void> {
  for (const { key } of receipts) {
    const { component, host } = splitKey(key)
    const { status, body } = await controller.request('POST', '/api/reconcile', {
      body: JSON.stringify({ component, host }),
    })
    if (status !== 202) {
      const { error = `it answered ${status}` } = JSON.parse(body) as { error?: string }
      throw new CliError(`the running controller does not do it: ${key}: ${error}`)
    }
    terminal.out(escapeControl(`component/${key} is left to the running controller\n`, { keep: '\n' }))
  }
}
