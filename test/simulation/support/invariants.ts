// What must hold whatever happens; the ground truth is the hosts' own ledgers. Names are those of the fault catalogue.
import { restoreLifecycle, stateName } from '../../../machines/advance.ts'
import { splitKey } from '../../../src/model/key.ts'
import type { SimHost } from './sim-host.ts'
import type { SimWorld } from './sim-world.ts'

/** Checked after every event. Throws at the first violation. */
export function checkSafety(world: SimWorld): void {
  must(world.audit.violations.length === 0, world.audit.violations.join('\n'))
  for (const host of world.hosts.values()) {
    exclusion(host)
    fenceIsMonotonic(host)
    attemptsAreBounded(host)
    rollbackGoesToWhatWasProven(host)
  }
}

/** S1: one change per host at a time. */
function exclusion(host: SimHost): void {
  const running = [...host.operations.values()].filter(({ state }) => state === 'running')
  must(running.length <= 1, `S1 ${host.name}: ${running.length} operations at once`)
}

/** S2: every operation's token is higher than the one before. */
function fenceIsMonotonic(host: SimHost): void {
  const fences = host.ledger.map(({ operation }) => operation.fence)
  must(
    fences.every((fence, i) => i === 0 || fence > (fences[i - 1] ?? 0)),
    `S2 ${host.name}: fences ${fences.join(' ')}`,
  )
}

/** S4, S18: a revision is tried at most twice before it is rejected, and rolled back at most a bounded number of times. */
function attemptsAreBounded(host: SimHost): void {
  const failures = new Map<string, number>()
  for (const { operation, outcome } of host.ledger) {
    if (operation.kind !== 'apply' || operation.cause !== 'spec' || outcome !== 'failed') continue
    const attempt = `${operation.component} ${operation.target?.revision}`
    failures.set(attempt, (failures.get(attempt) ?? 0) + 1)
    must((failures.get(attempt) ?? 0) <= 2, `S4 ${host.name}: ${attempt} failed ${failures.get(attempt)} times`)
  }
}

/** S5: a rollback goes to a revision that was proven on this host, or to nothing. */
function rollbackGoesToWhatWasProven(host: SimHost): void {
  for (const { operation } of host.ledger) {
    if (operation.kind !== 'rollback' || operation.target === undefined) continue
    const { component, target } = operation
    must(
      host.proven.has(`${component} ${target.revision}`),
      `S5 ${host.name}: ${component} rolled back to ${target.revision}, never proven; ledger: ${story(host, component)}`,
    )
    must(target.revision !== operation.reject, `S5 ${host.name}: rolled back to the rejected revision`)
  }
}

/** Checked when faults have stopped and time has passed: everything has come to rest, and what is reported is true. */
export function checkConverged(world: SimWorld): void {
  const { statuses, desire } = world.controller
  for (const key of new Set([...desire.wishes.keys(), ...statuses.keys()])) {
    const status = statuses.get(key)
    const state = stateName(status.lifecycle)
    const { host: hostName, component } = splitKey(key)
    const host = world.host(hostName)
    const wish = desire.wishes.get(key)
    must(restoreLifecycle(structuredClone(status.lifecycle)).value !== undefined, `S12 ${key}`)
    if (wish === undefined) must(!statuses.has(key) && ownsNothing(host, component), `L1 ${key}: not removed, ${state}`)
    else if (wish.kind === 'disable')
      must(
        (state === 'disabled.absent' && ownsNothing(host, component)) || isNeeded(world, component),
        `L1 ${key}: disabled, yet ${state}`,
      )
    else if (wish.kind === 'deploy') {
      const isBad = wish.target.resources.some((it) => it.kind === 'file' && it.content.includes('BAD'))
      const isBlocked = state === 'deploying.blocked' && status.lifecycle.context.reason === 'DependencyNotHealthy'
      if (isBad)
        must(
          state === 'rolledBack.holding' || isBlocked,
          `L1 ${key}: bad, yet ${state} ${status.lifecycle.context.message}`,
        )
      else must(state === 'healthy.inSync' || isBlocked, `L1 ${key}: ${state} ${status.lifecycle.context.message}`)
      if (state === 'healthy.inSync') must(host.matches(wish.target), `S19 ${key}: healthy, but the host differs`)
    }
  }
}

function ownsNothing(host: SimHost, component: string): boolean {
  return (host.records.get(component)?.owned ?? []).length === 0
}

/** Somebody enabled depends on it: it stays until that changes. */
function isNeeded(world: SimWorld, component: string): boolean {
  return [...world.components.values()].some((it) => it.dependsOn.includes(component))
}

function must(holds: boolean, message: string): void {
  if (!holds) throw new Error(message)
}

function story(host: SimHost, component: string): string {
  const own = host.ledger.filter(({ operation }) => operation.component === component)
  return own
    .map(
      ({ operation, outcome, atMs }) =>
        `${atMs % 10_000_000} ${operation.id} ${operation.kind}/${operation.cause} ${operation.target?.revision.slice(0, 6)} ${outcome}`,
    )
    .join('; ')
}
