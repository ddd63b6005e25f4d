// The hosts' driver and prober as the controller sees them: everything that a connection can do wrong happens here.
import { type Driver, DriverError, type WatchEvent } from '../../../src/driver/driver.ts'
import type { OperationResult } from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import type { Prober } from '../../../src/probe/prober.ts'
import { type Transport, TransportError } from '../../../src/transport/transport.ts'
import { type Moment, never } from './faults.ts'
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
  const chance = (rate: number) => rate > 0 && random() < rate
  /** A round trip to the host; throws where it does not get there. */
  const reach = async (host: string, moment: Moment) => {
    const fails = await life.at(moment)
    await clock.sleep(20)
    if (!life.alive()) return never()
    if (fails || world.unreachable.has(host) || chance(world.rates.dropBefore)) throw lost(host, false)
  }
  return {
    observe: (_, host, wanted, { nowMs, signal }) => {
      const look = async () => {
        await reach(host, 'observe before')
        const seen = world.host(host).observe(wanted, nowMs)
        if (chance(world.rates.slowLook)) await clock.sleep(random() * 8_000)
        if (await life.at('observe after')) throw lost(host, true)
        return seen
      }
      return unlessAborted(host, look(), signal)
    },
    operate: async (_, operation) => {
      await reach(operation.host, 'operate before')
      world.audit.sent(operation)
      if (operation.target !== undefined) world.applied.set(operation.target.revision, operation.target)
      return supervise(world, life, operation)
    },
    // These hosts wait for nobody: they report nothing that is armed.
    holdOff: async () => false,
    confirm: (transport, component, generation, { signal }) => {
      const host = hostOf(transport)
      const confirm = async () => {
        await reach(host, 'confirm before')
        world.host(host).confirm(component, generation)
        if (await life.at('confirm after')) throw lost(host, true)
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
    ...questions(world, reach),
    watch: (_, host, watched, options) =>
      watch(world, life, host, { ...options, components: Object.keys(watched.components) }),
  }
}

/** What only asks something more of a host. */
function questions(world: SimWorld, reach: Reach): Pick<Driver, 'recall' | 'inspect' | 'read' | 'trace'> {
  return {
    recall: async (transport, component) => {
      const host = hostOf(transport)
      await reach(host, 'recall before')
      return world.host(host).kept.recall(component, world.applied)
    },
    inspect: async (transport, component, revision) => {
      const host = hostOf(transport)
      await reach(host, 'inspect before')
      return world.host(host).kept.inspect(component, revision)
    },
    trace: async (transport, { paths, sinceMs, untilMs }) => {
      const host = hostOf(transport)
      await reach(host, 'trace before')
      const { files, deeds } = world.host(host)
      const contents = new Map(paths.map((path) => [path, files.get(path)?.content ?? '']))
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

type Reach = (host: string, moment: Moment) => Promise<void>

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
      if (world.unreachable.has(name)) end(() => reject(lost(name, true)))
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
  const isLate = rates.late > 0 && random() < rates.late
  if (isLate) {
    host.late.add(operation.id)
    clock.setTimer(random() * 20_000, () => void host.operate(operation, durationMs))
    throw lost(host.name, true)
  }
  const running = host.operate(operation, durationMs)
  if (await life.at('operate sent')) throw lost(host.name, true)
  if (rates.dropAfter > 0 && random() < rates.dropAfter) {
    await clock.sleep(random() * NOTICED_AFTER_MS)
    throw lost(host.name, true)
  }
  const result = await running
  if (await life.at('operate after')) throw lost(host.name, true)
  if (result !== undefined && !world.unreachable.has(host.name)) return result
  await clock.sleep(NOTICED_AFTER_MS)
  throw lost(host.name, true)
}

export function createSimProber(world: SimWorld, life: Life): Prober {
  return async (probes, context) => {
    const host = world.host(context.host)
    const fails = await life.at('probe before')
    await world.clock.sleep(30)
    if (!life.alive()) return never()
    if (fails || world.unreachable.has(host.name)) throw lost(host.name, false)
    const results = probes.map((probe) => {
      const unit = probe.kind === 'systemd' ? probe.unit : ''
      const component = unit.replace('.service', '')
      // As the real one does: the unit as it was observed, the rest as it is now.
      const { active } = context.observation.units[unit] ?? { active: 'unknown' }
      const isUp = active === 'active'
      const passed = isUp && !(host.files.get(`/etc/${component}.conf`)?.content ?? '').includes('BAD:probe')
      world.audit.probed(component, host, passed)
      if (passed) host.probed(component)
      return { name: probe.name, passed, certain: active === 'failed', message: active }
    })
    await life.at('probe after')
    return results
  }
}

function lost(host: string, sent: boolean): TransportError {
  return new TransportError(sent ? 'lost' : 'unreachable', host, `${host} does not answer`, { sent })
}

type SimTransport = Transport & { host: string }

export function hostOf(transport: Transport): string {
  return (transport as SimTransport).host
}

/** Names a host and does nothing: the simulated driver needs no more. */
export function transportTo({ name: host }: { name: string }): Transport {
  const unused = () => Promise.reject(new Error('the simulated driver does not use the transport'))
  const transport = { host, run: unused, script: unused, connect: unused, fresh: unused, close: async () => undefined }
  return transport as SimTransport
}
