// Builds a running controller out of the real parts: SQLite, SSH, the directory, pino. Beside `main.ts`, the only place that does.
import { mkdirSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { catalog } from './catalog/registry.ts'
import type { RunningController, StartOptions } from './cli/composition.ts'
import { systemClock } from './controller/clock.ts'
import { Controller } from './controller/controller.ts'
import type { Wish } from './controller/desire.ts'
import { Fleet } from './controller/fleet.ts'
import { createHostReport, createReport } from './controller/report.ts'
import { systemdDriver } from './driver/systemd/driver.ts'
import { keeperOf } from './keeper.ts'
import type { HostSpec } from './model/host.ts'
import { type ComponentKey, splitKey } from './model/key.ts'
import type { Reveal } from './model/secret-reference.ts'
import { openSecrets } from './open-secrets.ts'
import { createProber } from './probe/create-prober.ts'
import { proberWithSecrets } from './probe/with-secrets.ts'
import { publishedWarning } from './secrets/published-key.ts'
import { startServer } from './server/server.ts'
import { directorySource } from './source/directory.ts'
import { desiredStateReader } from './spec/desired-state.ts'
import { openSqliteStore, quarantineStore } from './store/sqlite.ts'
import { type Store, StoreError } from './store/store.ts'
import { type Bus, createBus } from './telemetry/events.ts'
import { createLogger, type Logger } from './telemetry/logger.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { createRedactor, type Redactor } from './telemetry/redactor.ts'
import { scrubbedDriver, scrubbedProber } from './telemetry/scrubbed.ts'
import { openTransport } from './transport/open.ts'

/** Running passes get this long to end when the controller stops; operations on hosts run on by themselves. */
const PATIENCE_MS = 10_000

/** Starts reconciling. Rejects with `StoreError` when the store cannot be had, for instance because a controller has it. */
export async function startController(options: StartOptions): Promise<RunningController> {
  mkdirSync(options.state.dir, { recursive: true, mode: 0o700 })
  const redactor = createRedactor()
  const log = createLogger({ ...options.log, redactor })
  const store = await openOrReplace(options, log)
  try {
    return await startOn(store, options, log, redactor)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** A damaged store is moved aside, never deleted; what it knew is found again on the hosts. */
async function openOrReplace({ state, onNotice }: StartOptions, log: Logger): Promise<Store> {
  const onBadRow = (error: Error) => log.error({ err: error }, 'a row of the store does not read back and is left out')
  const open = () => openSqliteStore(state.store, { mode: 'writer', nowMs: Date.now(), onBadRow })
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'damaged') throw error
    const aside = quarantineStore(state.store, Date.now())
    log.error({ err: error, aside }, 'the store is damaged and was moved aside; it is rebuilt from the hosts')
    onNotice(
      `${error.message}\nIts files were moved to ${aside.join(', ')}; what it knew is read from the hosts again.`,
    )
    return open()
  }
}

const PRUNE_EVERY_MS = 3_600_000
/** Events are kept this long (DESIGN §7). */
const EVENTS_KEPT_MS = 30 * 24 * 3_600_000

async function prune(store: Store, log: Logger): Promise<void> {
  try {
    await store.prune(Date.now() - EVENTS_KEPT_MS)
  } catch (error) {
    log.error({ err: error }, 'old events could not be dropped; it is tried again in an hour')
  }
}

/** Secrets are put in on the way to a host, and taken out of all that comes back. */
function reachingHosts(keeper: string, reveal: Reveal, redactor: Redactor) {
  const sender = { name: `process ${process.pid} of ${userInfo().username} on ${hostname()}`, keeper }
  const driver = scrubbedDriver(systemdDriver({ sender, reveal }), redactor)
  const prober = scrubbedProber(proberWithSecrets(createProber(), reveal), redactor)
  return { driver, prober }
}

/** In the lab they are where they belong. */
function tellOfPublished(files: string[], { isLab = false, onNotice }: StartOptions, log: Logger): void {
  if (isLab) return
  log.warn({ files }, 'the secrets of these files are known to everybody')
  onNotice(publishedWarning(files))
}

async function startOn(
  store: Store,
  options: StartOptions,
  log: Logger,
  redactor: Redactor,
): Promise<RunningController> {
  const bus = createBus()
  const metrics = createMetrics({ version: options.version })
  const failure = Promise.withResolvers<Error>()
  const report = createReport({ log, metrics, bus })
  const onPublished = (files: string[]) => tellOfPublished(files, options, log)
  const opening = { stateDir: options.state.dir, isOwner: true, redactor, onPublished }
  const secrets = await openSecrets(options.secrets, opening)
  const reveal: Reveal = (text) => secrets.current().reveal(text)
  const keeper = await keeperOf(options.desiredStateDir)
  const common = { clock: systemClock, store, ...reachingHosts(keeper, reveal, redactor) }
  const controller: Controller = new Controller({
    ...common,
    source: directorySource(options.desiredStateDir, {
      onWatchError: (error) =>
        log.warn({ err: error }, 'the directory cannot be watched; it is read every 30 s instead'),
    }),
    catalog,
    secrets,
    read: desiredStateReader(catalog),
    fleet: (of) => {
      const connect = (host: HostSpec) =>
        openTransport(host, { ...options.ssh, resolveJump: (name) => of.wishes().hosts[name] })
      return new Fleet({ ...common, connect, ...createHostReport({ log, metrics, bus }) }, of)
    },
    report: {
      ...report,
      passed: (key, durationMs, error) => {
        report.passed(key, durationMs, error)
        // What reached the disk is unknown: only reading it anew can tell.
        if (error instanceof StoreError && error.kind === 'lost') failure.resolve(error)
      },
    },
    keeper,
    resyncMs: options.resyncMs,
    lossLimits: options.lossLimits,
    ...(options.receipt === undefined ? {} : { receipt: options.receipt }),
  })
  const server = await serve(controller, { store, metrics, bus, log }, options)
  const pruning = setInterval(() => void prune(store, log), PRUNE_EVERY_MS)
  tellOfStored(controller, metrics).catch((error) => log.error({ err: error }, 'what is stored could not be measured'))
  return {
    ...viewOf(controller),
    subscribe: () => bus.subscribe(),
    failed: failure.promise,
    stop: async () => {
      clearInterval(pruning)
      await server.close()
      await controller.stop(PATIENCE_MS)
      await store.close()
    },
  }
}

/** So many components at a time, so that thousands of them do not keep the first pass waiting. */
const TOLD_AT_ONCE = 100

/** What an earlier controller left in the store is measured too, though nothing of it changes. */
async function tellOfStored({ statuses }: Controller, metrics: Metrics): Promise<void> {
  for (const [at, key] of statuses.keys().entries()) {
    if (at % TOLD_AT_ONCE === 0) await systemClock.nextTurn()
    if (statuses.has(key)) metrics.component(statuses.get(key))
  }
}

/** What nobody writes any more is to go, where there is a host to go from. */
function kindsIn({ desire: { wishes, hosts }, statuses }: Controller): Map<ComponentKey, Wish['kind']> {
  const gone = statuses.keys().filter((key) => !wishes.has(key) && hosts[splitKey(key).host] !== undefined)
  const written = [...wishes].map(([key, { kind }]) => [key, kind] as const)
  return new Map([...written, ...gone.map((key) => [key, 'disable'] as const)])
}

function viewOf(controller: Controller) {
  const { statuses } = controller
  const sorted = () => statuses.keys().sort()
  return {
    statuses: () => sorted().map((key) => statuses.get(key)),
    wanted: () => [...kindsIn(controller)].map(([key, kind]) => ({ key, kind, hasPassed: controller.hasPassed(key) })),
    isSurveyed: () => controller.orphans.isDone,
    issues: () => controller.issues,
  }
}

interface Served {
  store: Store
  metrics: Metrics
  bus: Bus
  log: Logger
}

/** Listens first, so that a taken port or socket is told before anything is done; ready when the controller has started. */
async function serve(controller: Controller, { store, metrics, bus, log }: Served, options: StartOptions) {
  let isReady = false
  const server = await startServer(
    {
      store,
      statuses: controller.statuses,
      metrics,
      bus,
      asks: controller.asks,
      confirmRemoval: (answer) => controller.confirmRemoval(answer),
      unfreeze: () => controller.freeze.lift(),
      issues: () => controller.issues,
      isReady: () => isReady,
      onProblem: (error, doing) => log.error({ err: error, doing }, 'could not be done'),
    },
    { socketPath: options.state.socket, ...(options.http === undefined ? {} : { tcp: options.http }) },
  )
  try {
    await controller.start()
  } catch (error) {
    await server.close()
    throw error
  }
  isReady = true
  return server
}
