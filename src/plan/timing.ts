// The times of a policy as the lifecycle needs them.
import type { Timing } from '../../machines/facts.ts'
import type { Policy } from '../model/policy.ts'
import type { Target } from '../model/target.ts'

export function timingOf(policy: Policy, target: Target | undefined): Timing {
  const { verifyDeadlineMs, maxAttempts } = policy
  const minHealthyMs = target === undefined ? 0 : policy.minHealthyMs
  // Where nothing of ours is on the host, there is nothing to go back to, and no revision to blame.
  const autoRollback = policy.autoRollback && !isOnlyObserved(target)
  return { minHealthyMs, verifyDeadlineMs, maxAttempts, autoRollback }
}

/** Proves what others bring about: it has probes and no resources. */
export function isOnlyObserved(target: Target | undefined): boolean {
  return target !== undefined && target.resources.length === 0
}
