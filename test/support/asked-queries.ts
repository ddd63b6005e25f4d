// What rules and dashboards ask of Prometheus, put to a live one: each question is understood, and each metric and label in it is there.
import type { Question } from '../../src/catalog/asked-of-prometheus.ts'
import { namedIn } from '../../src/catalog/promql.ts'

/** The answer of Prometheus' API at that path, parsed. */
export type Ask = (path: string) => Promise<{ status: string; error?: string; data?: unknown }>

/** A question as Grafana would put it: everything is chosen, and nothing is typed. */
export function filledIn(expr: string): string {
  return expr
    .replaceAll(/\$__(rate_interval|interval|auto)/g, '1m')
    .replaceAll(/"\$contains"/g, '""')
    .replaceAll(/\$\w+/g, '.*')
}

/** What is wrong, one line each. `known`: metrics that cannot be there, and why. */
export async function problemsOf(questions: Question[], ask: Ask, known: Record<string, string>): Promise<string[]> {
  const names = new Set((await ask('/api/v1/label/__name__/values')).data as string[])
  const labels = new Map<string, Set<string>>()
  const labelsOf = async (metric: string) => {
    const found = labels.get(metric) ?? new Set((await ask(`/api/v1/labels?match[]=${metric}`)).data as string[])
    labels.set(metric, found)
    return found
  }
  const problems: string[] = []
  for (const { by, expr } of questions) {
    const { status, error } = await ask(`/api/v1/query?query=${encodeURIComponent(filledIn(expr))}`)
    if (status !== 'success') problems.push(`${by}: ${error}`)
    const named = namedIn(expr)
    const unknown = named.metrics.filter((metric) => !names.has(metric))
    problems.push(
      ...unknown.filter((metric) => !Object.hasOwn(known, metric)).map((metric) => `${by}: no metric ${metric}`),
    )
    if (unknown.length > 0) continue
    const has = await Promise.all(named.metrics.map(labelsOf))
    const lost = named.labels.filter((label) => !has.some((set) => set.has(label)))
    problems.push(...lost.map((label) => `${by}: none of ${named.metrics.join(', ')} has a label ${label}`))
  }
  return problems
}
