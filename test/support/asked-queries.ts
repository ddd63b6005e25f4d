// What rules and dashboards ask of Prometheus, put to a live one: each question is understood, and each metric and label in it is there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { askedByDashboards, askedByRules, type Question } from '../../src/catalog/asked-of-prometheus.ts'
import { dashboardModels } from '../../src/catalog/grafana-dashboards.ts'
import { namedIn } from '../../src/catalog/promql.ts'
import type { DesiredState } from '../../src/model/desired.ts'

interface Answer {
  status: string
  error?: string
  data?: unknown
}

/** The answers of an API to these paths, in their order. */
export type AskAll = (paths: string[]) => Promise<Answer[]>

/** Labels by metric. */
export type Recorded = Record<string, string[]>

/** By program, what its source names: for programs that a stand-in plays, or that nobody scrapes. */
export const recordedMetrics: Record<string, Recorded> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/metrics/of-stand-ins.json'), 'utf8'),
)

/** Everything that rules and dashboards of a desired state ask of Prometheus. */
export function questionsOf({ alertRules = [], dashboards = [], files }: DesiredState): Question[] {
  const models = dashboardModels({ dashboards, file: (path) => files[path] })
  return [...askedByRules(alertRules), ...askedByDashboards(models)]
}

/** What panels ask of Loki. */
export function askedOfLoki({ dashboards = [], files }: DesiredState): string[] {
  const models = dashboardModels({ dashboards, file: (path) => files[path] })
  const panels = models.flatMap(({ model }) => (model.panels ?? []) as { targets?: Target[] }[])
  const targets = panels.flatMap((panel) => panel.targets ?? [])
  return targets.flatMap(({ datasource, expr }) => (datasource?.type === 'loki' ? filledIn(expr) : []))
}

interface Target {
  datasource?: { type: string }
  expr: string
}

/** A question as Grafana would put it: everything is chosen, and nothing is typed. */
export function filledIn(expr: string): string {
  return expr
    .replaceAll(/\$__(rate_interval|interval|auto)/g, '1m')
    .replaceAll('"$contains"', '""')
    .replaceAll(/\$\w+/g, '.*')
}

/** What is wrong, one line each; `known` has the metrics that cannot be there. */
export async function problemsOf(questions: Question[], askAll: AskAll, known: Recorded): Promise<string[]> {
  const query = (expr: string) => `/api/v1/query?query=${encodeURIComponent(filledIn(expr))}`
  const answers = await askAll(questions.map(({ expr }) => query(expr)))
  const refused = questions.flatMap(({ by }, at) => {
    const { status, error } = answers[at] ?? { status: 'none' }
    return status === 'success' ? [] : [`${by}: ${error}`]
  })
  const labels = await labelsOf(questions, askAll, known)
  return [...refused, ...questions.flatMap((question) => strangersIn(question, labels))]
}

/** Labels by metric, of those that are there, or known otherwise. */
async function labelsOf(questions: Question[], askAll: AskAll, known: Recorded): Promise<Map<string, Set<string>>> {
  const metrics = [...new Set(questions.flatMap(({ expr }) => namedIn(expr).metrics))]
  const answers = await askAll(metrics.map((metric) => `/api/v1/labels?match[]=${metric}`))
  const ofTargets = ['job', 'instance', 'host', 'component']
  return new Map(
    metrics.map((metric, at) => {
      const live = (answers[at]?.data ?? []) as string[]
      const recorded = Object.hasOwn(known, metric) ? [...ofTargets, ...(known[metric] ?? [])] : []
      return [metric, new Set(live.length > 0 ? live : recorded)]
    }),
  )
}

function strangersIn({ by, expr }: Question, labels: Map<string, Set<string>>): string[] {
  const named = namedIn(expr)
  const unknown = named.metrics.filter((metric) => labels.get(metric)?.size === 0)
  if (unknown.length > 0) return unknown.map((metric) => `${by}: there is no metric ${metric}`)
  const lost = named.labels.filter((label) => !named.metrics.some((metric) => labels.get(metric)?.has(label)))
  return lost.map((label) => `${by}: none of ${named.metrics.join(', ')} has a label ${label}`)
}
