// What the desired state says should be measured, against what its Prometheus measures, asked on its own host. Beside `main.ts`
// because it reaches hosts.
import { askedByDashboards, askedByRules, type Question } from './catalog/asked-of-prometheus.ts'
import { absentRows, type Expectation, targetRows, vanishedRows } from './catalog/coverage.ts'
import { dashboardModels } from './catalog/grafana-dashboards.ts'
import { prometheusOptions } from './catalog/prometheus.ts'
import type { CoverageOptions, Deployed, LiveCoverage } from './cli/live.ts'
import type { Desire } from './controller/desire.ts'
import type { CoverageRow } from './model/coverage.ts'
import type { ComponentSpec, DesiredState } from './model/desired.ts'
import type { HostSpec } from './model/host.ts'
import { type ComponentKey, componentKey, splitKey } from './model/key.ts'
import type { Wire } from './probe/http-exchange.ts'
import type { ApiAnswer } from './probe/prometheus-api.ts'
import { activeTargets, clockOf, inventoryAt, metricNames, type PrometheusPlace } from './probe/prometheus-inventory.ts'
import { readDesire } from './read-desire.ts'
import { logOn, openTransport } from './transport/open.ts'

/** Before a change begins: what was scraped last by then is still the old. */
const BEFORE_MS = 1_000

type Row = Omit<CoverageRow, 'prometheus'>

/** What was expected of one Prometheus, and where it is. */
interface Asked {
  key: ComponentKey
  host: HostSpec
  place: PrometheusPlace
  expected: Expectation[]
  ownJobs: ReadonlySet<string>
  questions: Question[]
}

/** Asks every enabled Prometheus of the desired state, one after the other. One that cannot be asked is told, and stops nothing else. */
export async function measureCoverage(options: CoverageOptions): Promise<LiveCoverage> {
  const { desired, wanted } = await readDesire(options, { namesSuffice: true })
  const coverage: LiveCoverage = { asked: [], rows: [], problems: [] }
  for (const asked of allAsked(desired, wanted, options)) {
    if ('problem' in asked) {
      coverage.problems.push(asked)
      continue
    }
    const outcome = await coverOne(asked, desired.hosts, options)
    if (outcome.ok) {
      coverage.asked.push(asked.key)
      coverage.rows.push(...outcome.data.map((row) => ({ prometheus: asked.key, ...row })))
    } else coverage.problems.push({ key: asked.key, problem: outcome.message })
  }
  return coverage
}

type Unasked = LiveCoverage['problems'][number]

function allAsked(desired: DesiredState, { wishes }: Desire, options: CoverageOptions): (Asked | Unasked)[] {
  const questions = options.withQuestions ? questionsOf(desired) : []
  return Object.values(desired.components)
    .filter(({ type, enabled }) => type === prometheusOptions.type && enabled)
    .flatMap((component) =>
      component.hosts.flatMap((name) => {
        const host = desired.hosts[name]
        return host === undefined ? [] : [askedOf(component, host, { wishes, questions })]
      }),
    )
}

function askedOf(
  component: ComponentSpec,
  host: HostSpec,
  { wishes, questions }: Pick<Desire, 'wishes'> & { questions: Question[] },
): Asked | Unasked {
  const key = componentKey(component.name, host.name)
  const wish = wishes.get(key)
  if (wish?.kind !== 'deploy') return { key, problem: wish?.kind === 'held' ? wish.message : 'it is not to be there' }
  const { scrapeConfigs } = prometheusOptions.options.parse(component.options)
  const probe = wish.target.probes.find((it) => it.kind === 'prometheus-targets')
  if (probe === undefined) return { key, problem: 'nothing is expected of it' }
  return {
    key,
    host,
    place: { address: probe.address, port: probe.port },
    expected: probe.expect,
    ownJobs: new Set(scrapeConfigs.map(({ job_name: job }) => job)),
    questions,
  }
}

function questionsOf(desired: DesiredState): Question[] {
  const { dashboards = [], alertRules = [], files } = desired
  const file = (path: string) => (Object.hasOwn(files, path) ? files[path] : undefined)
  return [...askedByRules(alertRules), ...askedByDashboards(dashboardModels({ dashboards, file }))]
}

async function coverOne(
  asked: Asked,
  hosts: Record<string, HostSpec>,
  options: CoverageOptions,
): Promise<ApiAnswer<Row[]>> {
  const transport = openTransport(asked.host, { ...options.ssh, resolveJump: (jump) => hosts[jump] })
  try {
    await logOn(transport, options.signal)
    return await rowsOf(asked, options.deployed, { transport, signal: options.signal })
  } catch (error) {
    return { ok: false, message: (error as Error).message, certain: false }
  } finally {
    await transport.close()
  }
}

async function rowsOf({ place, ...asked }: Asked, deployed: Deployed[], wire: Wire): Promise<ApiAnswer<Row[]>> {
  const targets = await activeTargets(place, wire)
  if (!targets.ok) return { ...targets, message: `Prometheus ${targets.message}` }
  const rows = targetRows(asked.expected, targets.data, asked.ownJobs)
  const vanished = await vanishedSince(place, deployed, rows, wire)
  if (!vanished.ok) return { ...vanished, message: `Prometheus, asked for its metrics, ${vanished.message}` }
  if (asked.questions.length === 0) return { ok: true, data: [...rows, ...vanished.data] }
  const names = await metricNames(place, wire)
  if (!names.ok) return { ...names, message: `Prometheus, asked for its metrics, ${names.message}` }
  return { ok: true, data: [...rows, ...vanished.data, ...absentRows(asked.questions, names.data)] }
}

/** Of what is up: of what is down all is gone, and its target says so. */
async function vanishedSince(
  place: PrometheusPlace,
  deployed: Deployed[],
  targets: Row[],
  wire: Wire,
): Promise<ApiAnswer<Row[]>> {
  const clock = await clockOf(place, wire)
  if (!clock.ok) return clock
  const aheadMs = clock.data * 1_000 - Date.now()
  const up = new Set(targets.flatMap(({ component, state }) => (state === 'up' ? (component ?? []) : [])))
  const rows: Row[] = []
  for (const { key, atMs, since } of deployed.filter((it) => up.has(it.key))) {
    const { component, host } = splitKey(key)
    const before = await inventoryAt(place, { component, host }, (atMs - BEFORE_MS + aheadMs) / 1_000, wire)
    const now = await inventoryAt(place, { component, host }, clock.data, wire)
    if (!before.ok) return before
    if (!now.ok) return now
    rows.push(...vanishedRows(key, since, before.data, now.data))
  }
  return { ok: true, data: rows }
}
