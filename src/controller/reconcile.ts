// One pass over one component on one host: everything the controller ever does, in the order it does it.
import { advance } from '../../machines/advance.ts'
import type { HostSpec } from '../model/host.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { HostObservation } from '../model/observation.ts'
import type { Policy } from '../model/policy.ts'
import type { Event } from '../model/status.ts'
import type { Target } from '../model/target.ts'
import { conditionsOf, type Notices } from '../plan/conditions.ts'
import type { Blocker, Decision } from '../plan/decide.ts'
import type { Ignoring } from '../plan/ignore.ts'
import { timingOf } from '../plan/timing.ts'
import { adopt } from './adopt.ts'
import { tookUp } from './asking.ts'
import type { Ask } from './asks.ts'
import { withOrigin } from './change-cause.ts'
import { decideDamaged } from './damaged-record.ts'
import { activeTarget, decideFor } from './deciding.ts'
import type { Wish } from './desire.ts'
import { suspensionOf, withSuspension } from './gates.ts'
import { withKept } from './generations.ts'
import { holdOf, whyKept } from './hold.ts'
import { ignoringOf, withIgnored } from './ignoring.ts'
import { settleIntent } from './intent.ts'
import { noticesOf } from './notices.ts'
import { ControllerStopping, HostUnavailable } from './observer.ts'
import { perform } from './perform.ts'
import { record } from './record.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'
import { authorOf, traced } from './tracing.ts'

/** When the key wants its next pass, by the clock; undefined: at its host's next resync. */
export interface Requeue {
  wakeAtMs?: number
  /** Another pass belongs to this one, and may see the host as it was then. */
  sinceMs?: number
  /** Something was taken up, and nothing decided: what is known now says nothing yet of what becomes of it. */
  isUndecided?: true
}

/** Why there is a pass. */
export interface Occasion {
  /** It must see the host as it was then, or later. */
  sinceMs: number
  /** What a person asked for. */
  ask?: Ask | undefined
}

/** What a pass has learned so far. */
export interface Pass {
  key: ComponentKey
  host: HostSpec
  policy: Policy
  /** What the desired state says of the key; undefined when it does not name it. */
  wish: Wish | undefined
  seen: HostObservation
  desired: Target | undefined
  lastGood: Target | undefined
  /** What others may change. */
  ignoring: Ignoring
}

/** Brings one key one step further. Throws only for what is broken in the controller itself: the store, a bug. */
export async function reconcile(key: ComponentKey, { sinceMs, ask }: Occasion, tools: Tools): Promise<Requeue> {
  const { clock, statuses } = tools
  const wish = tools.desire().wishes.get(key)
  const before = ask === undefined ? statuses.get(key) : await tookUp(statuses.get(key), ask, tools)
  const host = tools.desire().hosts[splitKey(key).host]
  if (host === undefined) return withoutHost(before, wish, tools)
  const asked = withWish(before, wish, tools)
  const { desired, lastGood } = await targetsOf(asked, wish, tools)
  const wished = withOrigin(asked, before, tools.desire(), lastGood)
  let seen: HostObservation
  try {
    // What somebody wants back may consist of other things than what was looked at last.
    seen = await tools.observer.observe(host, ask?.kind === 'rollBack' ? clock.nowMs() : sinceMs)
    tools.looked(host.name, seen)
    if (await adopt(before, host, seen, tools)) return { wakeAtMs: clock.nowMs(), isUndecided: true }
  } catch (error) {
    if (error instanceof ControllerStopping) return {}
    if (!(error instanceof HostUnavailable)) throw error
    tools.looked(host.name, undefined)
    return { ...(await unreachable(before, wished, error.message, tools, desired)), wakeAtMs: error.retryAtMs }
  }
  const policy = wish?.policy ?? DEFAULT_POLICY
  const looked = { key, host, policy, wish, seen, desired, lastGood }
  const settled = settleIntent(wished, seen, { timing: timingOf(policy, desired), clock })
  if (settled.isRunning) {
    await record(before, settled.status, [], tools)
    return { wakeAtMs: clock.nowMs() + RUNNING_POLL_MS }
  }
  if (isOvertaken(settled.status, seen)) {
    await record(before, settled.status, settled.events, tools)
    return { wakeAtMs: clock.nowMs(), isUndecided: true }
  }
  const ignoring = await tools.observer.reach(host, () => ignoringOf(looked, tools))
  if ('retryAtMs' in ignoring) return { wakeAtMs: ignoring.retryAtMs }
  const pass: Pass = { ...looked, ignoring }
  const decided =
    decideDamaged(settled.status, pass, tools) ?? (await traced(decideFor(settled.status, pass, tools), pass, tools))
  const { status, decision, events } = decided
  const hold = holdOf(decision, status, wish, tools)
  const suspension = suspensionOf(status, policy, clock.nowMs())
  const notices = {
    ...noticesOf(wish, seen, status.lastProbes),
    ...(suspension === undefined ? {} : { suspended: suspension.message }),
  }
  const known = withIgnored(withKept(status, seen), activeTarget(status, pass), pass, tools)
  // Somebody may have confirmed it since this began, and that counts already.
  const described = describe(tools.removals.told(known, wish, false), hold, notices, tools)
  if (decision.kind === 'forget') {
    return forget(described, [...settled.events, ...events], tools)
  }
  // Whoever changes the host writes down what he is about first.
  const mayWait = CHANGES_HOST.has(decision.kind)
  await record(before, described, [...settled.events, ...events], tools, { target: desired, mayWait })
  return atTheLatest(
    await perform(decision, described, pass, tools),
    hold?.untilMs ?? suspension?.untilMs,
    clock.nowMs(),
  )
}

const CHANGES_HOST: ReadonlySet<Decision['kind']> = new Set(['apply', 'rollBack', 'remove'])

/** A timer cannot wait for longer than some weeks. */
const WAITED_AT_MOST_MS = 24 * 3_600_000

function atTheLatest(requeue: Requeue, untilMs: number | undefined, nowMs: number): Requeue {
  if (untilMs === undefined) return requeue
  const wakeAtMs = Math.min(untilMs, nowMs + WAITED_AT_MOST_MS)
  return { wakeAtMs: Math.min(wakeAtMs, requeue.wakeAtMs ?? wakeAtMs) }
}

/** Since our operation ended the host has gone back by itself, or somebody else changed it: that is taken up before anything is decided. */
function isOvertaken({ key, intent, generation }: Status, seen: HostObservation): boolean {
  const record = seen.components[splitKey(key).component]
  return intent === undefined && record !== undefined && record.generation > generation
}

/** An operation of ours that still runs on the host is looked at again after this. */
const RUNNING_POLL_MS = 1_000

/** For a component that is no longer written anywhere. */
const DEFAULT_POLICY: Policy = {
  minHealthyMs: 10_000,
  verifyDeadlineMs: 300_000,
  maxAttempts: 2,
  drift: 'correct',
  autoRollback: true,
  dependsOn: [],
}

/** The status with what is written of the key now. */
function withWish(before: Status, wish: Wish | undefined, tools: Tools): Status {
  const told = tools.removals.told(before, wish, wish === undefined && isToBeAsked(before.key, tools))
  const suspended = withSuspension(told, wish, tools.clock.nowMs())
  const type = wish === undefined ? {} : { type: wish.type }
  return { ...withNeeds(suspended, wish), ...type, lifecycle: tellWish(before, wish, tools) }
}

function isToBeAsked(key: ComponentKey, tools: Tools): boolean {
  return tools.removalBlockers(key).some(({ reason }) => reason === 'RemovalNotConfirmed')
}

/** What it needs is remembered as long as it is there, written or not. */
function withNeeds(status: Status, wish: Wish | undefined): Status {
  if (wish === undefined) return status
  const { dependsOn: _, ...rest } = status
  const { dependsOn } = wish.policy
  return dependsOn.length === 0 ? rest : { ...rest, dependsOn }
}

/** What is on a host that nobody describes any more is neither wanted nor going: there may be thousands of those. */
async function withoutHost(before: Status, wish: Wish | undefined, tools: Tools): Promise<Requeue> {
  if (wish === undefined && tools.removals.isConfirmed(before)) return forget(before, [], tools)
  const status = wish === undefined ? before : withWish(before, wish, tools)
  return unreachable(before, status, `no Host document names ${splitKey(before.key).host}`, tools)
}

async function forget(status: Status, events: Event[], tools: Tools): Promise<Requeue> {
  await tools.statuses.forget(status.key, events)
  tools.report.forgotten(status)
  return {}
}

function tellWish(status: Status, wish: Wish | undefined, tools: Tools) {
  const { lifecycle } = status
  const nowMs = tools.clock.nowMs()
  if (wish?.kind === 'held') return lifecycle
  if (wish?.kind === 'deploy') {
    const { revision } = wish.target
    return lifecycle.context.desired === revision || whyKept(status, wish, tools) !== undefined
      ? lifecycle
      : advance(lifecycle, { type: 'TARGET_CHANGED', revision, nowMs })
  }
  const isGone = Object.hasOwn(lifecycle.value as object, 'disabled')
  return isGone ? lifecycle : advance(lifecycle, { type: 'DISABLED', nowMs })
}

async function targetsOf(status: Status, wish: Wish | undefined, tools: Tools) {
  const { desired, lastGood } = status.lifecycle.context
  const wished = wish?.kind === 'deploy' ? wish.target : undefined
  const find = async (revision: string | null) =>
    wished?.revision === revision ? wished : tools.statuses.target(revision)
  return { desired: await find(desired), lastGood: await find(lastGood) }
}

function describe(status: Status, hold: Blocker | undefined, notices: Notices, tools: Tools): Status {
  const { key, lifecycle } = status
  const held = hold === undefined ? {} : { hold }
  const observed = { key, lifecycle, ...authorOf(status), notices, nowMs: tools.clock.nowMs(), ...held }
  return { ...status, conditions: conditionsOf(status.conditions, observed) }
}

async function unreachable(
  before: Status,
  status: Status,
  message: string,
  tools: Tools,
  desired?: Target,
): Promise<Requeue> {
  const { key, lifecycle } = status
  const nowMs = tools.clock.nowMs()
  const conditions = conditionsOf(status.conditions, {
    key,
    lifecycle,
    ...authorOf(status),
    unreachable: message,
    nowMs,
  })
  await record(before, { ...status, conditions }, [], tools, { target: desired })
  return {}
}
