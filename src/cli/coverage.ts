// `homeostat coverage`: what should be measured, against what Prometheus measures.
import { type Command, Option } from 'commander'
import { type CoverageRow, isCovered } from '../model/coverage.ts'
import type { ComponentStatus } from '../model/status.ts'
import type { ListingStore } from '../store/store.ts'
import { age } from './age.ts'
import type { Composition } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import { historyRows } from './history-rows.ts'
import type { Deployed } from './live.ts'
import { toMs } from './once.ts'
import { type OutputFormat, outputOption, type Presentation, print } from './output.ts'
import { planOptions } from './plan-options.ts'
import { addSecretOptions, type SecretFlags } from './secret-options.ts'
import { addSshOptions, type SshFlags } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'
import { withReader } from './with-reader.ts'

/** Events read per component on a host to find its last change. */
const MAX_EVENTS = 1_000

interface Flags extends SshFlags, SecretFlags {
  output: OutputFormat
  since?: number
  questions?: boolean
}

export function register(program: Command, composition: Composition): void {
  addSecretOptions(addSshOptions(program.command('coverage [DIR]'), composition))
    .summary(verbSummaries.coverage as string)
    .description(
      'Compare what the desired state says should be measured with what its Prometheus measures: targets that are missing, down or ' +
        'not written anywhere, and metrics that vanished with the last change of the component that serves them.\n' +
        'Exit code 0: all is there; 1: something is not; 2: a Prometheus could not be asked.',
    )
    .addOption(outputOption())
    .addOption(
      new Option(
        '--since <duration>',
        'metrics that were there so long ago, instead of before the last change (which the store knows)',
      ).argParser(toMs),
    )
    .option('--questions', 'also what rules and dashboards ask for and nothing has')
    .addHelpText('after', '\nExamples:\n  homeostat coverage\n  homeostat coverage --questions -o wide')
    .action((dir: string | undefined, flags: Flags) => coverage(dir, flags, composition))
}

async function coverage(dir: string | undefined, flags: Flags, composition: Composition): Promise<void> {
  const { terminal, exit } = composition
  const deployed = await lastChanges(composition, flags.since)
  const { asked, rows, problems } = await composition.measureCoverage({
    ...planOptions(dir, flags, composition),
    deployed,
    withQuestions: flags.questions === true,
  })
  if (asked.length === 0 && problems.length === 0)
    throw new CliError('the desired state has no enabled component of type prometheus')
  await print(composition, flags.output, rows, presentationOf(asked.length > 1))
  for (const { key, problem } of problems) terminal.err(`${key} cannot be asked: ${problem}\n`)
  if (flags.output === 'table' || flags.output === 'wide') terminal.err(summaryOf(rows))
  if (rows.some((row) => !isCovered(row))) exit(exitCodes.problems)
  if (problems.length > 0) exit(exitCodes.failed)
}

/** By the store when each component was changed last; without a store nothing is known, which is said. */
async function lastChanges(composition: Composition, sinceMs: number | undefined): Promise<Deployed[]> {
  try {
    return await withReader(composition, async (store) => {
      const statuses = await store.list()
      const changes = await Promise.all(statuses.map((status) => lastChange(store, status, composition, sinceMs)))
      return changes.filter((change) => change !== undefined)
    })
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    composition.terminal.err(`metrics are not compared with those before the last change: ${error.message}\n`)
    return []
  }
}

async function lastChange(
  store: ListingStore,
  status: ComponentStatus,
  { nowMs }: Pick<Composition, 'nowMs'>,
  sinceMs: number | undefined,
): Promise<Deployed | undefined> {
  const { key } = status
  if (sinceMs !== undefined) return { key, atMs: nowMs() - sinceMs, since: `${age(nowMs() - sinceMs, nowMs())} ago` }
  const rows = historyRows(status, await store.events({ key, limit: MAX_EVENTS }))
  // What drifted was put back as it was: the change before is what counts.
  const last = rows.findLast(({ change, cause }) => ['apply', 'rollback'].includes(change) && cause !== 'drift')
  if (last === undefined) return undefined
  const { generation, startedAtMs } = last
  return {
    key,
    atMs: startedAtMs,
    since: `generation ${generation ?? '?'} was deployed ${age(startedAtMs, nowMs())} ago`,
  }
}

function summaryOf(rows: CoverageRow[]): string {
  const targets = rows.filter(({ kind }) => kind === 'target')
  const of = (state: CoverageRow['state']) => rows.filter((row) => row.state === state).length
  const parts = [
    `${targets.length} ${targets.length === 1 ? 'target' : 'targets'}: ${of('up')} up`,
    ...(['down', 'unknown', 'missing', 'unexpected'] as const).flatMap((it) => (of(it) > 0 ? `${of(it)} ${it}` : [])),
  ]
  const more = (['vanished', 'absent'] as const).flatMap((it) => (of(it) > 0 ? `${WHAT[it]}: ${of(it)}` : []))
  return `${[parts.join(', '), ...more].join('; ')}\n`
}

const WHAT = { vanished: 'jobs that lost metrics', absent: 'questions without an answer' }

function presentationOf(hasSeveral: boolean): Presentation<CoverageRow> {
  return {
    columns: () => [
      ...(hasSeveral ? [{ heading: 'PROMETHEUS', cell: ({ prometheus }: CoverageRow) => prometheus }] : []),
      { heading: 'KIND', cell: ({ kind }) => kind },
      { heading: 'NAME', cell: ({ name }) => name },
      { heading: 'COMPONENT', cell: ({ component }) => component ?? '-' },
      { heading: 'STATE', cell: ({ state }) => state, color: (row) => (isCovered(row) ? 'green' : 'red') },
      { heading: 'MESSAGE', cell: ({ message }) => message },
    ],
    document: ({ prometheus, kind, ...row }) => ({
      apiVersion: 'homeostat/v1',
      kind: 'Coverage',
      prometheus,
      of: kind,
      ...row,
    }),
    name: ({ kind, name }) => `${kind}/${name}`,
  }
}
