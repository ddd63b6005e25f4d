// A controller of the real parts, as `src/start-controller.ts` builds it, with a stopwatch at the places that are measured.
import { createWriteStream, mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { stateName } from '../machines/advance.ts'
import { catalog } from '../src/catalog/registry.ts'
import { systemClock } from '../src/controller/clock.ts'
import { Controller } from '../src/controller/controller.ts'
import { Fleet } from '../src/controller/fleet.ts'
import { createHostReport, createReport } from '../src/controller/report.ts'
import { systemdDriver } from '../src/driver/systemd/driver.ts'
import { withPublishedIdentity } from '../src/lab/published-identity.ts'
import { type ComponentKey, splitKey } from '../src/model/key.ts'
import type { Probe } from '../src/model/probe.ts'
import type { Reveal } from '../src/model/secret-reference.ts'
import type { Target } from '../src/model/target.ts'
import { openSecrets } from '../src/open-secrets.ts'
import { createProber } from '../src/probe/create-prober.ts'
import type { Prober } from '../src/probe/prober.ts'
import { proberWithSecrets } from '../src/probe/with-secrets.ts'
import type { SecretReader } from '../src/secrets/secret-reader.ts'
import { directorySource } from '../src/source/directory.ts'
import { desiredStateReader } from '../src/spec/desired-state.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { createBus } from '../src/telemetry/events.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { createRedactor } from '../src/telemetry/redactor.ts'
import { sshTransport } from '../src/transport/ssh.ts'
import type { Transport } from '../src/transport/transport.ts'
import type { Context } from './comparison.ts'

export interface PassTimes {
  /** From the trigger to the decision on the last component. */
  decidedMs: number
  /** Until the last pass had ended, its probes included. */
  endedMs: number
  /** Processor time of this process meanwhile. */
  cpuMs: number
}

export interface BenchController {
  /** Triggers a pass over every component, and waits for all of them. */
  pass(): Promise<PassTimes>
  /** Resolves when every component is healthy and nothing moves. Throws after `timeoutMs`. */
  healthy(timeoutMs: number): Promise<void>
  /** Resolves when nothing is being deployed, whether or not it is proven yet. Throws after `timeoutMs`. */
  deployed(timeoutMs: number): Promise<void>
  /** Resolves at the moment the next change of the component is on its host, before it is proven. */
  nextApplied(key: ComponentKey): Promise<void>
  /** Resolves to the time, in milliseconds since the epoch, at which drift of the component is found next, or put back next. */
  nextDrift(key: ComponentKey, what: 'found' | 'corrected'): Promise<number>
  target(key: ComponentKey): Target
  /** The script that the last observation of each host ran, as it was sent. */
  observationScripts: ReadonlyMap<string, string>
  stop(): Promise<void>
}

/** Far away: what is measured is asked for. */
const RESYNC_MS = 3_600_000

export async function startBenchController(context: Context): Promise<BenchController> {
  mkdirSync(context.stateDir, { recursive: true, mode: 0o700 })
  const store = await openSqliteStore(`${context.stateDir}/store.sqlite`, { mode: 'writer', nowMs: Date.now() })
  const logFile = createWriteStream(`${context.workDir}/controller.log`, { flags: 'a' })
  const watch = new Stopwatch()
  const bus = createBus()
  const metrics = createMetrics({ version: 'bench' })
  const log = createLogger({ stream: logFile, format: 'json', color: false, level: 'info', redactor: createRedactor() })
  const report = createReport({ log, metrics, bus })
  const scripts = new Map<string, string>()
  const secrets = await openBenchSecrets(context.stateDir)
  const reveal: Reveal = (text) => secrets.current().reveal(text)
  const prober = watch.prober(proberWithSecrets(createProber(), reveal))
  const common = { clock: systemClock, store, driver: systemdDriver({ reveal }), prober }
  const { identityFile, knownHostsFile } = context.lab
  const controller: Controller = new Controller({
    ...common,
    source: directorySource(context.desiredStateDir),
    catalog,
    secrets,
    read: desiredStateReader(catalog),
    fleet: (of) => {
      const connect = (host: Parameters<typeof sshTransport>[0]) =>
        recording(sshTransport(host, { identityFile, knownHostsFile }), (text) => scripts.set(host.name, text))
      return new Fleet({ ...common, connect, ...createHostReport({ log, metrics, bus }) }, of)
    },
    report: watch.report(report),
    resyncMs: RESYNC_MS,
  })
  watch.probesOf = () => wishedProbes(controller)
  await controller.start()
  return {
    pass: () => watch.pass(controller),
    healthy: (timeoutMs) => until(timeoutMs, controller, (state) => state === 'healthy.inSync'),
    deployed: (timeoutMs) => until(timeoutMs, controller, (state) => /^(healthy|verifying)\./.test(state)),
    nextApplied: (key) => watch.nextApplied(key),
    nextDrift: (key, what) => watch.nextDrift(key, what),
    target: (key) => wishedTarget(controller, key),
    observationScripts: scripts,
    stop: async () => {
      await controller.stop(10_000)
      await store.close()
      await new Promise((resolve) => logFile.end(resolve))
    },
  }
}

/** Those of the shipped desired state, with the identity that everybody has. */
export function openBenchSecrets(stateDir: string): Promise<SecretReader> {
  return openSecrets({ env: withPublishedIdentity({}) }, { stateDir, isOwner: true })
}

/** A controller runs for weeks: what is measured is the code as it is after the first seconds. */
export async function warmUp(controller: BenchController): Promise<void> {
  const passes: PassTimes[] = []
  for (let pass = 0; pass < 20; pass += 1) passes.push(await controller.pass())
  if (passes.every(({ decidedMs, endedMs }) => decidedMs === endedMs))
    throw new Error('no decision was seen before its probes')
}

/** Hears of every pass: when it was decided (probing begins, or it ends without), and when it ended. */
class Stopwatch {
  probesOf: () => Map<Probe, ComponentKey> = () => new Map()
  #decided: (key: ComponentKey) => void = () => undefined
  #ended: (key: ComponentKey) => void = () => undefined
  readonly #applied = new Map<ComponentKey, () => void>()
  readonly #drifted = new Map<string, (atMs: number) => void>()

  prober(real: Prober): Prober {
    return (probes, context) => {
      const key = probes[0] && this.probesOf().get(probes[0])
      if (key !== undefined) this.#decided(key)
      return real(probes, context)
    }
  }

  report(real: ReturnType<typeof createReport>): ReturnType<typeof createReport> {
    return {
      ...real,
      passed: (key, durationMs, error) => {
        real.passed(key, durationMs, error)
        this.#decided(key)
        this.#ended(key)
      },
      driftFound: (key, via, ageMs) => {
        real.driftFound(key, via, ageMs)
        this.#drifted.get(`found ${key}`)?.(performance.timeOrigin + performance.now())
      },
      driftCorrected: (key) => {
        real.driftCorrected(key)
        this.#drifted.get(`corrected ${key}`)?.(performance.timeOrigin + performance.now())
      },
      transition: (before, after, events) => {
        real.transition(before, after, events)
        const isApplied =
          !stateName(before.lifecycle).startsWith('verifying') && stateName(after.lifecycle).startsWith('verifying')
        if (isApplied) this.#applied.get(after.key)?.()
      },
    }
  }

  nextApplied(key: ComponentKey): Promise<void> {
    return new Promise((resolve) => this.#applied.set(key, resolve))
  }

  nextDrift(key: ComponentKey, what: 'found' | 'corrected'): Promise<number> {
    return new Promise((resolve) => this.#drifted.set(`${what} ${key}`, resolve))
  }

  async pass(controller: Controller): Promise<PassTimes> {
    await controller.idle()
    const keys = [...controller.desire.wishes.keys()]
    const decided = countdown(keys)
    const ended = countdown(keys)
    this.#decided = decided.tick
    this.#ended = ended.tick
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    for (const component of new Set(keys.map((key) => splitKey(key).component)))
      controller.asks.reconcile({ component })
    await ended.done
    const { user, system } = process.cpuUsage(cpu)
    return { decidedMs: decided.atMs() - startedAt, endedMs: ended.atMs() - startedAt, cpuMs: (user + system) / 1000 }
  }
}

function countdown(keys: ComponentKey[]) {
  const left = new Set(keys)
  const { promise, resolve } = Promise.withResolvers<void>()
  let atMs = 0
  const tick = (key: ComponentKey) => {
    if (!left.delete(key)) return
    atMs = performance.now()
    if (left.size === 0) resolve()
  }
  return { tick, done: promise, atMs: () => atMs }
}

function wishedProbes(controller: Controller): Map<Probe, ComponentKey> {
  const wishes = [...controller.desire.wishes]
  return new Map(
    wishes.flatMap(([key, wish]) =>
      wish.kind === 'deploy' ? wish.target.probes.map((probe) => [probe, key] as const) : [],
    ),
  )
}

function wishedTarget(controller: Controller, key: ComponentKey): Target {
  const wish = controller.desire.wishes.get(key)
  if (wish?.kind !== 'deploy') throw new Error(`${key} is not to be deployed`)
  return wish.target
}

async function until(timeoutMs: number, controller: Controller, isGood: (state: string) => boolean): Promise<void> {
  const endMs = Date.now() + timeoutMs
  const states = () =>
    [...controller.desire.wishes.keys()].map((key) => [key, stateName(controller.statuses.get(key).lifecycle)] as const)
  for (;;) {
    const bad = states().filter(([, state]) => !isGood(state))
    if (bad.length === 0 && controller.desire.wishes.size > 0) break
    if (Date.now() > endMs)
      throw new Error(`after ${timeoutMs / 1000} s: ${bad.map((pair) => pair.join(' is ')).join(', ')}`)
    await pause(50)
  }
  await controller.idle()
}

function recording(transport: Transport, remember: (script: string) => void): Transport {
  return {
    run: (argv, options) => transport.run(argv, options),
    script: (text, options) => {
      if (options.kept !== undefined) remember(`${text}\n${options.kept}`)
      return transport.script(text, options)
    },
    connect: (address, port, options) => transport.connect(address, port, options),
    prepare: (scriptMs) => transport.prepare?.(scriptMs),
    fresh: () => transport.fresh(),
    close: () => transport.close(),
  }
}
