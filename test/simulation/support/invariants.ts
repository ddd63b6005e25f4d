// What must hold whatever happens; the ground truth is the hosts' own ledgers. Names are those of the fault catalogue.
import { stateName, topState } from '../../../machines/advance.ts'
import type { Wish } from '../../../src/controller/desire.ts'
import { type ComponentKey, componentKey, splitKey } from '../../../src/model/key.ts'
import type { Event, LifecycleSnapshot } from '../../../src/model/status.ts'
import { conditionOf } from '../../../src/model/status-summary.ts'
import { sameValue } from '../../../src/plan/same-value.ts'
import { FOREIGN } from './hands.ts'
import type { SimHost } from './sim-host.ts'
import type { SimComponent } from './sim-type.ts'
import type { SimWorld } from './sim-world.ts'

/** How much of each ledger was found in order. */
const checked = new WeakMap<SimHost, number>()
const checkedAt = new WeakMap<SimWorld, number>()

/** Checked after every event, as far as something has changed since. Throws at the first violation. */
export function checkSafety(world: SimWorld): void {
  const { audit, hosts, components } = world
  must(audit.violations.length === 0, audit.violations.join('\n'))
  for (const host of hosts.values()) {
    exclusion(host)
    if (checked.get(host) === host.ledger.length) continue
    checked.set(host, host.ledger.length)
    fenceIsMonotonic(host)
    attemptsAreBounded(host, world)
    rollbackGoesToWhatWasProven(host, world)
    rollbacksAreBounded(host, world)
  }
  if (checkedAt.get(world) === audit.version) return
  checkedAt.set(world, audit.version)
  for (const [name, component] of components) oneHostAtATime(world, name, component)
  queueIsBounded(world)
}

/** S21: no more passes wait than there are keys that anybody knows of. */
function queueIsBounded({ deepestQueue, hosts, components, keysSeen }: SimWorld): void {
  for (const [name, it] of components) for (const host of it.hosts) keysSeen.add(componentKey(name, host))
  for (const host of hosts.values()) for (const name of host.records.keys()) keysSeen.add(componentKey(name, host.name))
  must(deepestQueue <= keysSeen.size, `S21: ${deepestQueue} passes waited for ${keysSeen.size} keys`)
}

/** S11: no more hosts are away from what was proven there than the rollout allows; a lost store has to ask them first. */
function oneHostAtATime({ audit, storesLost }: SimWorld, name: string, { hosts, policy }: SimComponent): void {
  const most = policy?.rollout?.maxParallel ?? 1
  const away = hosts.filter((host) => audit.isAwayFromProven(componentKey(name, host)))
  must(away.length <= most || storesLost > 0, `S11 ${name}: away from what was proven: ${away}`)
}

/** S1: one change per host at a time. */
function exclusion(host: SimHost): void {
  const running = [...host.operations.values()].filter(({ state }) => state === 'running')
  must(running.length <= 1, `S1 ${host.name}: ${running.length} operations at once`)
}

/** S2: every operation's token is higher than the one before. */
function fenceIsMonotonic(host: SimHost): void {
  // Of one that a restart ended the ledger hears late.
  const fences = host.ledger.flatMap(({ operation, outcome }) => (outcome === 'interrupted' ? [] : operation.fence))
  must(
    fences.every((fence, i) => i === 0 || fence > (fences[i - 1] ?? 0)),
    `S2 ${host.name}: fences ${fences.join(' ')}`,
  )
}

/** S4, S18: a revision is tried at most twice before it is rejected; a lost store has forgotten how often. */
function attemptsAreBounded(host: SimHost, { askedAtMs, storesLost }: SimWorld): void {
  const failures = new Map<string, number>()
  for (const { operation, outcome, atMs } of host.ledger) {
    if (operation.kind !== 'apply' || operation.cause !== 'spec' || outcome !== 'failed') continue
    if (atMs < askedAtMs) continue
    if (host.late.has(operation.id)) continue
    const attempt = `${operation.component} ${operation.target?.revision}`
    failures.set(attempt, (failures.get(attempt) ?? 0) + 1)
    const most = 2 * (1 + storesLost)
    must((failures.get(attempt) ?? 0) <= most, `S4 ${host.name}: ${attempt} failed ${failures.get(attempt)} times`)
  }
}

/** S5: a rollback goes to a revision that was proven on this host, or to nothing. */
function rollbackGoesToWhatWasProven(host: SimHost, { applied }: SimWorld): void {
  for (const { operation } of host.ledger) {
    if (operation.kind !== 'rollback' || operation.target === undefined) continue
    const { component, target } = operation
    // Of revisions that differ in what is probed alone, the host knows the one that was applied.
    const { resources } = applied.get(target.revision) ?? target
    const isSame = (proven: string) => {
      const [of = '', revision = ''] = proven.split(' ')
      return of === component && sameValue(applied.get(revision)?.resources, resources)
    }
    must(
      host.proven.has(`${component} ${target.revision}`) || [...host.proven].some(isSame),
      `S5 ${host.name}: ${component} rolled back to ${target.revision}, never proven; ledger: ${story(host, component)}`,
    )
    must(
      target.revision !== operation.reject,
      `S5 ${host.name}: ${component} rolled back to the rejected revision; ledger: ${story(host, component)}`,
    )
  }
}

/** S18: once nobody disturbs it any more, nothing is taken back twice; but for what a host takes back by itself, which has its chances. */
function rollbacksAreBounded(host: SimHost, { restsSinceMs, askedAtMs }: SimWorld): void {
  const done = host.ledger.filter(
    ({ operation, outcome, atMs }) => operation.kind === 'rollback' && outcome === 'succeeded' && atMs > restsSinceMs,
  )
  for (const [what, same] of Map.groupBy(done, ({ operation: it }) => `${it.component} ${it.reject}`)) {
    const [hosts, ours] = [true, false].map((is) =>
      same.filter(({ operation: { id } }) => id.endsWith('-revert') === is),
    )
    // What was under way when the disturbances ended, and somebody asked, is none of the chances since.
    const sinceMs = Math.max(restsSinceMs, askedAtMs) + UNDER_WAY_MS
    const byHost = hosts?.filter(({ atMs }) => atMs > sinceMs).length ?? 0
    const byUs = ours?.length ?? 0
    must(byUs <= 2, `S18 ${host.name}: ${what} taken back ${byUs} times`)
    must(byHost <= 1 + CHANCES, `S18 ${host.name}: ${what} taken back by the host ${byHost} times`)
  }
}

/** An operation, and the time that its host waits then. */
const UNDER_WAY_MS = 60_000
/** As docs/decisions/0016 has it. */
const CHANCES = 3

/** Checked when faults have stopped and time has passed: everything has come to rest, and what is reported is true. */
export function checkConverged(world: SimWorld): void {
  const { statuses, desire } = world.controller
  for (const key of new Set([...desire.wishes.keys(), ...statuses.keys()])) keyConverged(world, key)
  for (const host of world.hosts.values()) {
    onlyOursIsThere(host)
    nothingIsForgotten(world, host)
    must(world.frozenSinceMs === undefined, 'L1: the fleet is frozen, and everybody is well')
  }
  for (const key of statuses.keys()) isAsStored(world, key)
}

/** S14: what the controller believes is what is on disk; times move with the clock, and are written with the next change. */
function isAsStored({ audit, controller }: SimWorld, key: ComponentKey): void {
  const [stored, known] = [audit.durable(key), controller.statuses.get(key)]
  const saidOf = ({ value, context: { desired, lastGood, rejected } }: LifecycleSnapshot) =>
    JSON.stringify([value, desired, lastGood, rejected])
  must(
    stored !== undefined && saidOf(stored.lifecycle) === saidOf(known.lifecycle),
    `S14 ${key}: ${saidOf(known.lifecycle)} is not what is stored: ${stored && saidOf(stored.lifecycle)}`,
  )
}

/** S20: of everything that was done there is an event that says so. */
export async function checkAudited({ hosts, store, storesLost }: SimWorld): Promise<void> {
  const events = await store.events({ limit: 100_000 })
  for (const event of events) isSo(event, hosts)
  if (storesLost > 0) return
  const told = new Set(events.map(({ operationId }) => operationId))
  for (const { name, ledger, late } of hosts.values()) {
    const untold = ledger.filter(({ operation: { id }, outcome }) => {
      const isOurs = !id.endsWith('-revert') && !late.has(id)
      return isOurs && outcome !== 'interrupted' && !told.has(id)
    })
    must(untold.length === 0, `S20 ${name}: no event tells of ${untold.map(({ operation }) => operation.id)}`)
  }
}

const DONE = ['Applied', 'DriftCorrected', 'RollbackApplied', 'Removed']

/** S19: what is told as done was done. */
function isSo({ reason, operationId, host }: Event, hosts: SimWorld['hosts']): void {
  if (operationId === undefined || !DONE.includes(reason)) return
  const entry = hosts.get(host ?? '')?.ledger.find(({ operation }) => operation.id === operationId)
  must(
    entry?.outcome === 'succeeded',
    `S19 ${reason} ${operationId} was told, yet it was ${entry?.outcome ?? 'never begun'}`,
  )
}

/** What a host says is ours is wanted or known, also when the store was lost. */
function nothingIsForgotten(world: SimWorld, host: SimHost): void {
  const { statuses, desire } = world.controller
  for (const component of host.records.keys()) {
    const key = componentKey(component, host.name)
    must(desire.wishes.has(key) || statuses.has(key), `L1 ${key}: nobody knows of it`)
  }
}

function keyConverged(world: SimWorld, key: ComponentKey): void {
  const { statuses, desire } = world.controller
  const { lifecycle } = statuses.get(key)
  const state = stateName(lifecycle)
  const { host: hostName, component } = splitKey(key)
  const host = world.host(hostName)
  const wish = desire.wishes.get(key)
  if (isCutOffForGood(world, host)) return
  const said = `${key}: ${state} ${lifecycle.context.reason} ${lifecycle.context.message}`
  must(statuses.get(key).intent === undefined, `L1 ${said}: an intent is left`)
  if (wish?.kind === 'held') return
  if (wish?.kind === 'deploy' && isRolledOutLater(world, key)) return
  if (wish?.kind === 'deploy') deployConverged(world, host, wish, { state, said })
  else {
    const isGone = state === 'disabled.absent' && !host.records.has(component)
    const isForgotten = wish !== undefined || !statuses.has(key)
    const isKept = isNeeded(world, component) || isKeptByHost(world, key)
    must((isGone && isForgotten) || isKept, `L1 ${said}: not removed`)
  }
}

/** It had no way back from what cuts it off: only a person at its console brings it back. */
function isCutOffForGood({ withoutWayBack }: SimWorld, host: SimHost): boolean {
  return withoutWayBack.has(host.name) && (host.says('BAD:cutoff') || host.says('BAD:firewall'))
}

/** Without it nobody gets in: its host has brought it back as often as it has chances, and says so. */
function isKeptByHost(world: SimWorld, key: ComponentKey): boolean {
  const { component, host: name } = splitKey(key)
  const isGuard = world.host(name).guards.has(component)
  return isGuard && conditionOf(world.controller.statuses.get(key), 'Blocked')?.reason === 'RemovalTakenBack'
}

/** It waits for its turn, and that is true: another host could not be brought to it. */
function isRolledOutLater(world: SimWorld, key: ComponentKey): boolean {
  const { statuses, desire } = world.controller
  const reasonOf = (of: ComponentKey) => conditionOf(statuses.get(of), 'Blocked')
  const blocked = reasonOf(key)
  if (blocked?.status !== 'True' || !blocked.reason.startsWith('Rollout')) return false
  const others = [...desire.wishes.keys()].filter(
    (it) => it !== key && splitKey(it).component === splitKey(key).component,
  )
  const isStuck = (of: ComponentKey) =>
    /^(rolledBack|failed|healthy.degraded)/.test(stateName(statuses.get(of).lifecycle)) ||
    reasonOf(of)?.reason.startsWith('Dependency')
  must(others.some(isStuck), `L1 ${key}: ${blocked.reason} ${blocked.message}, which is not so`)
  const { lifecycle } = statuses.get(key)
  const isKept = lifecycle.context.lastGood !== null && topState(lifecycle) === 'healthy'
  must(
    isKept || stateName(lifecycle) === 'deploying.blocked' || topState(lifecycle) === 'rolledBack',
    `L1 ${key}: ${blocked.reason} in ${stateName(lifecycle)}`,
  )
  return true
}

function deployConverged(
  world: SimWorld,
  host: SimHost,
  wish: Extract<Wish, { kind: 'deploy' }>,
  { state, said }: { state: string; said: string },
): void {
  const isBad = wish.target.resources.some((it) => it.kind === 'file' && it.content.includes('BAD'))
  const isBlocked = /deploying.blocked Dependency(NotHealthy|Disabled)/.test(said)
  // Somebody else had his way with it until its time was over.
  const isSpoilt = /rolledBack.holding (Contested|Drifted)|failed.stalled Irreversible/.test(said)
  must(
    isBlocked ||
      isSpoilt ||
      isLacking(world, wish, state) ||
      state === (isBad ? 'rolledBack.holding' : 'healthy.inSync'),
    `L1 ${said}, ${isBad ? 'bad' : 'good'}`,
  )
  const contentOf = (content: string) => {
    const found = world.reveal(content)
    return 'text' in found ? found.text : undefined
  }
  if (state === 'healthy.inSync') must(host.matches(wish.target, contentOf), `S19 ${said}, but the host differs`)
  if (state === 'rolledBack.holding' && !isSpoilt) wasPutBack(host, wish.target.component, world, contentOf)
  if (state === 'healthy.inSync') {
    const { verified } = host.records.get(wish.target.component) ?? {}
    // Where only the probes are others there is nothing to apply, and what the host knows is the same.
    const known = world.applied.get(verified?.revision ?? '')?.resources
    const isKnown = verified?.revision === wish.target.revision || sameValue(known, wish.target.resources)
    must(isKnown, `L1 ${said}, but its host does not know that it was proven`)
  }
}

/** What it asks is not well: it cannot be proven, or was before that and is tried again and again. */
export function isLacking(world: SimWorld, { target }: Extract<Wish, { kind: 'deploy' }>, state: string): boolean {
  if (!/^(rolledBack.holding|failed|verifying.probing|healthy.degraded)/.test(state)) return false
  const { statuses } = world.controller
  const { lastGood } = statuses.get(componentKey(target.component, target.host)).lifecycle.context
  // What it would go back to may ask somebody, too.
  const probes = [target, world.applied.get(lastGood ?? '')].flatMap((it) => it?.probes ?? [])
  const needs = probes.flatMap((probe) => probe.needs ?? [])
  return needs.some((key) => stateName(statuses.get(key).lifecycle) !== 'healthy.inSync')
}

/** S7: taken back, the host runs what was proven there, or nothing. */
function wasPutBack(
  host: SimHost,
  component: string,
  { audit, applied }: SimWorld,
  contentOf: (content: string) => string | undefined,
): void {
  const key = componentKey(component, host.name)
  const { lastGood } = audit.durable(key) ?? {}
  if (lastGood === undefined) must(ownsNothing(host, component), `S7 ${key}: taken back, and not gone`)
  const target = applied.get(lastGood ?? '')
  must(target === undefined || host.matches(target, contentOf), `S7 ${key}: taken back, but the host differs`)
}

/** S9: what is on the host is ours by its own record, or was there before us. */
function onlyOursIsThere(host: SimHost): void {
  const owned = new Set([...host.records.values()].flatMap((record) => record.owned))
  const strange = [...host.files.keys()].filter((path) => path !== FOREIGN && !owned.has(`file:${path}`))
  must(strange.length === 0, `S9 ${host.name}: ${strange} left behind`)
  const foreign = host.files.get(FOREIGN)
  must(foreign === undefined || foreign.content === 'not ours', `S9 ${host.name}: a foreign file was changed`)
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
