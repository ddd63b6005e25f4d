// The `prometheus-targets` probe: every target that should exist is scraped and up, judged against what is expected and not
// against what Prometheus lists: for five seconds after its start it lists nothing, and "all targets are up" would be true.

import { z } from 'zod'
import { beginningOf } from '../model/escape-control.ts'
import type { ProbeResult, PrometheusTargetsProbe } from '../model/probe.ts'
import { type AttemptContext, never, notYet, passed } from './attempt.ts'
import { apiPlace, askPrometheus } from './prometheus-api.ts'

const targetsData = z.object({
  activeTargets: z.array(
    z.object({
      labels: z.record(z.string(), z.string()),
      health: z.string(),
      lastError: z.string(),
      lastScrape: z.string(),
    }),
  ),
})

type ActiveTarget = z.output<typeof targetsData>['activeTargets'][number]
type ExpectedTarget = PrometheusTargetsProbe['expect'][number]

const namedTargets = 3

/** Passes when every expected target is present, up, without error, and scraped after the component last changed. Never certain. */
export async function checkPrometheusTargets(
  probe: PrometheusTargetsProbe,
  context: AttemptContext,
): Promise<ProbeResult> {
  const answer = await askPrometheus(probe, '/api/v1/targets?state=active', targetsData, context)
  const subject = apiPlace(probe, context.host)
  if (!answer.ok) return (answer.certain ? never : notYet)(probe, `${subject} ${answer.message}`)
  const problem = targetsProblem(probe.expect, answer.data.activeTargets, context.changedAtMs)
  if (problem !== undefined) return notYet(probe, `${subject} ${problem}`)
  return passed(probe, `${subject} scrapes all ${probe.expect.length} expected targets`)
}

/** Which expected targets are not right yet, the first three by name; undefined when all are. `changedAtMs` by the host's clock. */
export function targetsProblem(
  expected: ExpectedTarget[],
  active: ActiveTarget[],
  changedAtMs: number,
): string | undefined {
  const listed = Map.groupBy(active, (target) => key(target.labels.job ?? '', target.labels.instance ?? ''))
  const problems = expected.flatMap((wanted) => {
    const problem = targetProblem(listed.get(key(wanted.job, wanted.instance)) ?? [], changedAtMs)
    return problem === undefined ? [] : [`${wanted.job} ${wanted.instance} ${problem}`]
  })
  if (problems.length === 0) return undefined
  const more = problems.length > namedTargets ? `; and ${problems.length - namedTargets} more` : ''
  const named = problems.slice(0, namedTargets).join('; ')
  return `has ${problems.length} of ${expected.length} expected targets not right (it lists ${active.length}): ${named}${more}`
}

// The same job and instance can be listed twice, with different paths: then all of them count.
function targetProblem(found: ActiveTarget[], changedAtMs: number): string | undefined {
  if (found.length === 0) return 'is missing'
  for (const target of found) {
    if (target.health === 'unknown') return 'is not scraped yet'
    if (target.health !== 'up' || target.lastError !== '')
      return `is ${target.health} (${beginningOf(target.lastError, 90)})`
    // A time that cannot be read is NaN, and no evidence either.
    if (!(Date.parse(target.lastScrape) > changedAtMs)) return 'was not scraped since the last change'
  }
  return undefined
}

function key(job: string, instance: string): string {
  return JSON.stringify([job, instance])
}
