// How far everything that is wanted has come.
import { restoreLifecycle } from '../../machines/advance.ts'
import type { ComponentStatus } from '../model/status.ts'
import { summarize } from '../model/status-summary.ts'
import { chanceLeft } from '../plan/chance.ts'
import { HELD_BACK } from '../plan/rollout.ts'
import type { RunningController } from './composition.ts'
import { conditionOf, stateName } from './state.ts'

/** `unhealthy` and `rolledBack`: nothing more is going to happen by itself. */
export type Outcome = 'healthy' | 'moving' | 'unhealthy' | 'rolledBack'

type Seen = Pick<RunningController, 'statuses' | 'wanted' | 'isSurveyed'>

export function outcomeOf(running: Seen): Outcome {
  const statuses = new Map(running.statuses().map((status) => [status.key, status]))
  const wanted = running.wanted()
  // Before the desired state has been read, or when there is none to read, nothing can be called healthy; nor before all hosts have said
  // what they have.
  if (wanted.length === 0 || !running.isSurveyed()) return 'moving'
  const outcomes = wanted.map(({ key, kind, hasPassed }) => {
    if (!hasPassed) return 'moving'
    return kind === 'held' ? 'unhealthy' : outcomeOfOne(statuses.get(key), kind)
  })
  const worst = (['moving', 'rolledBack', 'unhealthy', 'waiting'] as const).find((it) => outcomes.includes(it))
  // What waits for its dependencies goes on as soon as they are healthy; it will not where one of them has come to rest otherwise.
  return worst === 'waiting' ? 'moving' : (worst ?? 'healthy')
}

function outcomeOfOne(status: ComponentStatus | undefined, kind: 'deploy' | 'disable'): Outcome | 'waiting' {
  if (status === undefined) return 'moving'
  const state = stateName(status.lifecycle)
  if (kind === 'disable') return outcomeOfRemoval(status, state)
  const blocked = conditionOf(status, 'Blocked')
  // It may be well with what it runs, and another revision is asked for.
  if (blocked?.status === 'True' && blocked.reason === 'RolloutWaiting') return 'waiting'
  if (blocked?.status === 'True' && HELD_BACK.includes(blocked.reason)) return 'unhealthy'
  if (state === 'healthy.inSync') return 'healthy'
  // What differs and waits for nothing is left as it is.
  if (state === 'healthy.drifted' && summarize(status).dueAtMs === 0) return 'healthy'
  const isBack = state.startsWith('rolledBack.')
  const chance = isBack || state === 'failed.stalled' ? chanceOf(status) : undefined
  if (chance !== undefined) return chance === 'later' ? 'moving' : 'waiting'
  if (isBack) return 'rolledBack'
  if (state === 'failed.stalled') return 'unhealthy'
  if (conditionOf(status, 'Reachable')?.status === 'False') return 'unhealthy'
  if (blocked?.status !== 'True') return 'moving'
  if (blocked.reason === 'DependencyDisabled') return 'unhealthy'
  return blocked.reason === 'DependencyNotHealthy' ? 'waiting' : 'moving'
}

function chanceOf({ lifecycle }: ComponentStatus) {
  return chanceLeft(restoreLifecycle(lifecycle).context)
}

/** What waits for others to be removed goes on when they are; for a person or a file, nobody knows when. */
function outcomeOfRemoval(status: ComponentStatus, state: string): Outcome {
  if (state === 'disabled.absent') return 'healthy'
  if (conditionOf(status, 'Reachable')?.status === 'False') return 'unhealthy'
  const blocked = conditionOf(status, 'Blocked')
  const isStuck = blocked?.status === 'True' && ['RemovalNotConfirmed', 'FilesBroken'].includes(blocked.reason)
  return isStuck ? 'unhealthy' : 'moving'
}

/** Nothing is under way, not even what waits for something that will not come. */
export function isAtRest(running: Seen): boolean {
  return running.statuses().every((status) => status.intent === undefined)
}
