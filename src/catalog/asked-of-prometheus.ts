// Everything that is asked of Prometheus on somebody's behalf: by rules, and by panels, choices and marks of dashboards.
import type { AlertRules } from '../model/alert-rules.ts'
import type { DashboardModel } from './grafana-dashboards.ts'

export interface Question {
  /** Who asks, for a person: `rule ServiceDown of machines`, `panel "CPU in use" of dashboard machines`. */
  by: string
  expr: string
}

type Json = Record<string, unknown>

/** The expressions of all alerts and recorded metrics. */
export function askedByRules(rules: AlertRules[]): Question[] {
  return rules.flatMap(({ name, groups }) =>
    groups.flatMap((group) =>
      group.rules.map((rule) => ({
        by: `rule ${'alert' in rule ? rule.alert : rule.record} of ${name}`,
        expr: rule.expr,
      })),
    ),
  )
}

/** The expressions of all panels (rows that are folded included), variables and annotations that go to Prometheus. */
export function askedByDashboards(dashboards: DashboardModel[]): Question[] {
  return dashboards.flatMap(({ name, model }) => {
    const of = `of dashboard ${name}`
    return [
      ...objects(model.panels).flatMap((panel) => askedByPanel(panel, of)),
      ...listed(model.templating).flatMap((variable) => askedByVariable(variable, of)),
      ...listed(model.annotations)
        .filter(isForPrometheus)
        .flatMap((annotation) => questions(`annotation "${annotation.name}" ${of}`, annotation.expr)),
    ]
  })
}

function askedByPanel(panel: Json, of: string): Question[] {
  const by = `panel "${panel.title}" ${of}`
  // A target without a data source of its own has that of its panel.
  const own = objects(panel.targets).filter((target) => isForPrometheus({ ...panel, ...target }))
  return [
    ...own.flatMap(({ expr }) => questions(by, expr)),
    ...objects(panel.panels).flatMap((inner) => askedByPanel(inner, of)),
  ]
}

/** `label_values(metric, label)` and `query_result(expr)`; `label_values(label)` and others name no metric. */
function askedByVariable(variable: Json, of: string): Question[] {
  if (variable.type !== 'query' || !isForPrometheus(variable)) return []
  const { query } = variable
  const text = typeof query === 'string' ? query : typeof query === 'object' ? (query as Json | null)?.query : undefined
  const [, expr] = /^\s*label_values\((.*),\s*\w+\s*\)\s*$/s.exec(String(text ?? '')) ?? []
  const [, whole] = /^\s*query_result\((.*)\)\s*$/s.exec(String(text ?? '')) ?? []
  return questions(`variable "${variable.name}" ${of}`, expr ?? whole)
}

function questions(by: string, expr: unknown): Question[] {
  return typeof expr === 'string' && expr.trim() !== '' ? [{ by, expr }] : []
}

/** Without a data source it is the default one, which is Prometheus. */
function isForPrometheus({ datasource }: Json): boolean {
  const { type, uid } = (typeof datasource === 'object' ? (datasource as Json | null) : undefined) ?? {}
  return (type ?? uid ?? datasource ?? 'prometheus') === 'prometheus'
}

function listed(container: unknown): Json[] {
  return objects((container as Json | undefined)?.list)
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((it): it is Json => typeof it === 'object' && it !== null) : []
}
