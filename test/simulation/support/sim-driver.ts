// The hosts' driver as the controller sees it: everything that a connection can do wrong happens here.
import { type Driver, DriverError, type WatchEvent } from '../../../src/driver/driver.ts'
import { sendable } from '../../../src/driver/systemd/sendable.ts'
import type { OperationResult } from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import { withoutKept } from '../../../src/plan/restore.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import { coverage } from './coverage.ts'
import { type Moment, never } from './faults.ts'
import { hostOf, isFresh, lost } from './sim-transport.ts'
import type { SimWorld } from './sim-world.ts'

/** A dropped connection is noticed after this, by its keepalive. */
const NOTICED_AFTER_MS = 5_000

/** Whether this controller still lives, and what happens to it at each moment. */
export interface Life {
  alive(): boolean
  /** Resolves true where the call is to fail; never resolves for the dead. */
  at(moment: Moment): Promise<boolean>
}

export function createSimDriver(world: SimWorld, life: Life): Driver {
  const { random, clock } = world
  const { chance, reach } = reaching(world, life)
  return {
    observe: (_, host, wanted, { nowMs, signal }) => {
      const look = async () => {
        await reach(host, 'observe before')
        const seen = world.host(host).observe(wanted, nowMs)
        if (chance('slowLook')) {
          coverage.hit('slow observation')
          await clock.sleep(random() * 8_000)
        }
        if (await life.at('observe after')) throw lost(host, true)
        garble(world, host)
        world.audit.looked(host, seen.fence)
        return seen
      }
      return unlessAborted(host, look(), signal)
    },
    operate: async (_, operation) => {
      await reach(operation.host, 'operate before')
      const sent = withSecrets(world, operation)
      if (sent === undefined) return unsent(operation)
      world.audit.sent(operation)
      for (const target of [operation.target, operation.fallback?.target])
        if (target !== undefined) world.applied.set(target.revision, target)
      const result = await supervise(world, life, sent)
      garble(world, operation.host)
      return result
    },
    prepare: () => undefined,
    ...recordCalls(world, life),
    watch: (_, host, watched, options) =>
      watch(world, life, host, { ...options, components: Object.keys(watched.components) }),
  }
}

/** The calls about what a host remembers of a component. */
function recordCalls(world: SimWorld, life: Life): Omit<Driver, 'observe' | 'operate' | 'prepare' | 'watch'> {
  const { reach } = reaching(world, life)
  return {
    holdOff: async (transport, component, { operationId, forMs }, { signal }) => {
      const host = hostOf(transport)
      await reach(host, 'hold off before')
      if (signal?.aborted) throw lost(host, true)
      world.audit.confirmedOver(host, component, isFresh(transport))
      const isHeld = world.host(host).holdOff(component, operationId, forMs)
      if (isHeld) coverage.hit('way back put off')
      if (await life.at('hold off after')) throw lost(host, true)
      return isHeld
    },
    confirm: (transport, component, generation, { fence, signal }) => {
      const host = hostOf(transport)
      const confirm = async () => {
        await reach(host, 'confirm before')
        if (signal?.aborted) throw lost(host, true)
        world.audit.confirmedOver(host, component, isFresh(transport))
        const problem = world.host(host).confirm(component, generation, fence)
        if (await life.at('confirm after')) throw lost(host, true)
        if (problem !== undefined) throw new DriverError(host, `${host}: ${problem}`)
      }
      return unlessAborted(host, confirm(), signal)
    },
    mendRecord: async (transport, component, remembered, { fence }) => {
      const host = hostOf(transport)
      await reach(host, 'mend before')
      const mended = world.host(host).mend(component, remembered, fence)
      if (await life.at('mend after')) throw lost(host, true)
      if (mended === undefined) throw new DriverError(host, `${host}: another operation came in between`)
      return mended
    },
    ...questions(world, life),
  }
}

/** What only asks something more of a host. */
function questions(world: SimWorld, life: Life): Pick<Driver, 'recall' | 'inspect' | 'read' | 'trace'> {
  const { reach } = reaching(world, life)
  return {
    recall: async (transport, component) => {
      const host = hostOf(transport)
      await reach(host, 'recall before')
      const recalled = world.host(host).kept.recall(component, world.applied)
      if (await life.at('recall after')) throw lost(host, true)
      return recalled
    },
    inspect: async (transport, component, revision) => {
      const host = hostOf(transport)
      await reach(host, 'inspect before')
      const kept = world.host(host).kept.inspect(component, revision)
      if (await life.at('inspect after')) throw lost(host, true)
      return kept
    },
    trace: async (transport, { paths, sinceMs, untilMs }) => {
      const host = hostOf(transport)
      await reach(host, 'trace before')
      const { files, deeds } = world.host(host)
      // As on a real host: what everybody there may read.
      const open = paths.filter((path) => ((files.get(path)?.mode ?? 0o004) & 0o004) > 0)
      const contents = new Map(open.map((path) => [path, files.get(path)?.content ?? '']))
      return { deeds: deeds.filter(({ atMs }) => atMs >= sinceMs && atMs <= untilMs), contents }
    },
    read: async (transport, paths) => {
      const host = hostOf(transport)
      await reach(host, 'read before')
      const { files } = world.host(host)
      return new Map(paths.flatMap((path) => (files.has(path) ? [[path, files.get(path)?.content ?? '']] : [])))
    },
  }
}

function reaching(world: SimWorld, life: Life) {
  const chance = (rate: 'dropBefore' | 'slowLook') => world.chance(world.rates[rate])
  /** A round trip to the host; throws where it does not get there. */
  const reach = async (host: string, moment: Moment) => {
    const fails = await life.at(moment)
    await world.clock.sleep(20)
    if (!life.alive()) return never()
    const isDropped = chance('dropBefore')
    if (isDropped) coverage.hit('connection lost before sending')
    if (fails || isDropped || !world.answers(host)) throw lost(host, false)
  }
  return { chance, reach }
}

function garble(world: SimWorld, host: string): void {
  if (!world.chance(world.rates.garbled)) return
  coverage.hit('garbled answer')
  throw new DriverError(host, `${host}: what it answers cannot be understood`)
}

/** What is sent has values for tokens, but for what the host keeps; undefined where one cannot be had. */
function withSecrets({ reveal, withoutWayBack }: SimWorld, operation: Operation): Operation | undefined {
  const { fallback, keep, ...rest } = operation
  const sent = sendable(withoutKept(operation), reveal, keep)
  if ('problem' in sent) return undefined
  const back = sendable(fallback?.target, reveal, keep)
  // What cannot be sent cannot be gone back to by the host alone.
  if (fallback !== undefined && 'problem' in back) withoutWayBack.add(operation.host)
  if (fallback === undefined || 'problem' in back) return { ...rest, target: sent.target }
  return { ...rest, target: sent.target, fallback: { ...fallback, target: back.target } }
}

function unsent({ id }: Operation): OperationResult {
  const at = { startedAtMs: 0, finishedAtMs: 0 }
  return { operationId: id, outcome: 'refused', step: 'put secrets in', output: 'no value', certain: false, ...at }
}

/** What was sent is under way, and nobody waits for it. */
function unlessAborted<T>(host: string, work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal?.addEventListener('abort', () => reject(new TransportError('aborted', host, 'aborted', { sent: true }))),
  )
  return Promise.race([work, aborted])
}

interface WatchCall {
  components: string[]
  onEvent(event: WatchEvent): void
  signal: AbortSignal
}

/** Tells of some of the changes, a moment later; the channel is lost with the connection. */
function watch(world: SimWorld, life: Life, name: string, { components, onEvent, signal }: WatchCall): Promise<void> {
  const { clock, toldShare } = world
  const host = world.host(name)
  return new Promise((resolve, reject) => {
    const later = (event: WatchEvent) => clock.setTimer(20, () => life.alive() && onEvent(event))
    const tell = () => {
      if (!world.answers(name)) end(() => reject(lost(name, true)))
      else if (world.watchRandom() < toldShare) later({ kind: 'changed', components })
    }
    const end = (settle: () => void) => {
      host.watchers.delete(tell)
      if (life.alive()) settle()
    }
    signal.addEventListener('abort', () => end(resolve))
    if (toldShare === 0) return
    host.watchers.add(tell)
    later({ kind: 'ready' })
  })
}

/** Runs the operation on the host, whatever becomes of the connection, and says what the connection lets through. */
async function supervise(world: SimWorld, life: Life, operation: Operation): Promise<OperationResult> {
  const { random, clock, rates } = world
  const host = world.host(operation.host)
  const durationMs = 2_000 + random() * 4_000
  if (world.chance(rates.late)) {
    coverage.hit('operation begun late')
    host.late.add(operation.id)
    clock.setTimer(random() * 20_000, () => void host.operate(operation, durationMs))
    throw lost(host.name, true)
  }
  const running = host.operate(operation, durationMs)
  if (await life.at('operate sent')) throw lost(host.name, true)
  if (world.chance(rates.dropAfter)) {
    coverage.hit('connection lost after sending')
    await clock.sleep(random() * NOTICED_AFTER_MS)
    throw lost(host.name, true)
  }
  const result = await running
  if (await life.at('operate after')) throw lost(host.name, true)
  if (result !== undefined && world.answers(host.name)) return result
  await clock.sleep(NOTICED_AFTER_MS)
  throw lost(host.name, true)
}
