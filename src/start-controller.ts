// Builds a running controller out of the real parts: SQLite, SSH, the directory, pino. Beside `main.ts`, the only place that does.
import { mkdirSync } from 'node:fs'
import { catalog } from './catalog/registry.ts'
import type { RunningController, StartOptions } from './cli/composition.ts'
import { systemClock } from './controller/clock.ts'
import { Controller } from './controller/controller.ts'
import { Fleet } from './controller/fleet.ts'
import { createHostReport, createReport } from './controller/report.ts'
import { systemdDriver } from './driver/systemd/driver.ts'
import type { HostSpec } from './model/host.ts'
import { createProber } from './probe/create-prober.ts'
import { directorySource } from './source/directory.ts'
import { readDesiredState } from './spec/desired-state.ts'
import { openSqliteStore } from './store/sqlite.ts'
import type { Store } from './store/store.ts'
import { createBus } from './telemetry/events.ts'
import { createLogger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createRedactor } from './telemetry/redactor.ts'
import { localTransport } from './transport/local.ts'
import { sshTransport } from './transport/ssh.ts'

/** Running passes get this long to end when the controller stops; operations on hosts run on by themselves. */
const PATIENCE_MS = 10_000

/** Starts reconciling. Rejects with `StoreError` when the store cannot be had, for instance because a controller has it. */
export async function startController(options: StartOptions): Promise<RunningController> {
  mkdirSync(options.state.dir, { recursive: true, mode: 0o700 })
  const store = await openSqliteStore(options.state.store, { mode: 'writer', nowMs: Date.now() })
  try {
    return await startOn(store, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function startOn(store: Store, options: StartOptions): Promise<RunningController> {
  const bus = createBus()
  const metrics = createMetrics({ version: options.version })
  const log = createLogger({ ...options.log, redactor: createRedactor() })
  const report = createReport({ log, metrics, bus })
  const driver = systemdDriver()
  const common = { clock: systemClock, store, driver, prober: createProber() }
  const controller: Controller = new Controller({
    ...common,
    source: directorySource(options.desiredStateDir),
    catalog,
    read: (texts, lastGood, unreadable) => readDesiredState(texts, lastGood, catalog, unreadable),
    fleet: (of) => {
      const connect = (host: HostSpec) => connectTo(host, options, (name) => of.wishes().hosts[name])
      return new Fleet({ ...common, connect, ...createHostReport({ log, metrics, bus }) }, of)
    },
    report,
    resyncMs: options.resyncMs,
  })
  await controller.start()
  for (const key of controller.statuses.keys()) metrics.component(controller.statuses.get(key))
  return {
    statuses: () =>
      controller.statuses
        .keys()
        .sort()
        .map((key) => controller.statuses.get(key)),
    wanted: () => [...controller.desire.wishes].map(([key, { kind }]) => ({ key, kind })),
    issues: () => controller.issues,
    subscribe: () => bus.subscribe(),
    stop: async () => {
      await controller.stop(PATIENCE_MS)
      await store.close()
    },
  }
}

function connectTo(host: HostSpec, options: StartOptions, resolveJump: (name: string) => HostSpec | undefined) {
  if (host.connection === 'local') return localTransport(host.name)
  const { identityFile, knownHostsFile } = options.ssh
  return sshTransport(host, {
    resolveJump,
    ...(identityFile === undefined ? {} : { identityFile }),
    ...(knownHostsFile === undefined ? {} : { knownHostsFile }),
  })
}
