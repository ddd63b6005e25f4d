// A controller as its user runs it: a process of its own, with its own desired state and state directory, against real hosts.
// Tests write files, wait for what the store says, and kill it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../src/lab/lab.ts'
import { type CommandResult, runCommand } from '../../src/lab/run-command.ts'
import type { ComponentKey } from '../../src/model/key.ts'
import type { ComponentStatus, Event } from '../../src/model/status.ts'
import { stateName } from '../../src/model/status-summary.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { type EventQuery, type HostRow, type ListingStore, StoreError } from '../../src/store/store.ts'
import { type DocumentObject, yamlOf } from './desired-yaml.ts'

const launcher = resolve(import.meta.dirname, '../../bin/homeostat.js')

const POLL_MS = 50
/** On hosts that share two processors with everything else. */
const PATIENCE_MS = 60_000
const LOG_KEPT = 20_000

export interface ControllerOptions {
  /** How often a quiet host is looked at. Default `1s`. */
  resync?: string
  /** Further words for `homeostat run`. */
  more?: string[]
  /** Default: a fresh, empty directory of its own. */
  desired?: string
  /** Another controller's store, for instance. Default: a fresh one. */
  state?: string
}

export type Controller = Awaited<ReturnType<typeof newController>>

/** Everything around one controller; nothing runs before `start`. What it started and made goes when it goes out of scope. */
export async function newController(lab: Lab, options: ControllerOptions = {}) {
  const home = await mkdtemp(join(tmpdir(), 'homeostat-controller-'))
  const desired = options.desired ?? join(home, 'desired')
  const state = options.state ?? join(home, 'state')
  await mkdir(desired, { recursive: true })
  const reach = ['--identity', lab.identityFile, '--known-hosts', lab.knownHostsFile]
  let child: ChildProcess | undefined
  let closed: Promise<unknown> = Promise.resolve()
  let log = ''

  const start = (...more: string[]): void => {
    const words = ['--http', 'off', '--resync', options.resync ?? '1s', ...reach, ...(options.more ?? []), ...more]
    const started = spawn(process.execPath, [launcher, '--state', state, 'run', desired, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    started.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-LOG_KEPT)
    })
    closed = once(started, 'close')
    child = started
  }

  /** Sends the signal and returns what the process ended with. */
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child?.kill(signal)
    await closed
    return child?.exitCode ?? null
  }

  const read = async <T>(question: (store: ListingStore) => Promise<T>): Promise<T> => {
    const store = await openSqliteStore(join(state, 'store.sqlite'), { mode: 'reader', nowMs: Date.now() })
    try {
      return await question(store)
    } finally {
      await store.close()
    }
  }
  const status = (key: string) => readOr(undefined, () => read((store) => store.get(key as ComponentKey)))
  const events = (query: EventQuery = {}) =>
    readOr<Event[]>([], () => read((store) => store.events({ limit: 1000, ...query })))

  /** Waits until the component's status is as asked; says what it was instead where it never is. */
  const until = async (
    key: string,
    isReached: (status: ComponentStatus) => boolean,
    { withinMs = PATIENCE_MS, what = 'as asked' } = {},
  ): Promise<ComponentStatus> => {
    const deadlineMs = Date.now() + withinMs
    for (;;) {
      const now = await status(key)
      if (now !== undefined && isReached(now)) return now
      if (Date.now() > deadlineMs || (child !== undefined && child.exitCode !== null))
        throw new Error(`${key} is not ${what}\n${describe(now, await events({ key: key as ComponentKey }), log)}`)
      await sleep(POLL_MS)
    }
  }

  return {
    home,
    desired,
    state,
    /** The end of what the controller said on standard error. */
    log: () => log,
    pid: () => child?.pid,
    /** Starts the controller and does not wait for anything. */
    start,
    /** SIGKILL: no handler runs, nothing is written any more. */
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    closed: () => closed,
    /** Between these two the controller sees nothing and does nothing: what is done meanwhile is one event to it. */
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),

    /** Puts documents into a file of the desired state, in one move. */
    write: (name: string, ...documents: (DocumentObject | string)[]) =>
      writeFile(join(desired, name), yamlOf(documents)),
    remove: (name: string) => rm(join(desired, name)),

    status,
    events,
    hosts: () => readOr<HostRow[]>([], () => read((store) => store.hosts())),
    statuses: () => readOr<ComponentStatus[]>([], () => read((store) => store.list())),
    until,
    /** Waits until the component is in the state named, for instance `healthy.inSync` or `rolledBack`. */
    untilState: (key: string, state: string, more: { withinMs?: number; not?: string | undefined } = {}) =>
      until(key, (status) => isIn(status, state) && (more.not === undefined || status.desired !== more.not), {
        ...more,
        what: state,
      }),
    /** Waits for an event with this reason that is newer than `afterId`. */
    untilEvent: async (key: string, reason: string, { afterId = 0, withinMs = PATIENCE_MS } = {}): Promise<Event> => {
      const deadlineMs = Date.now() + withinMs
      for (;;) {
        const all = await events({ key: key as ComponentKey, afterId })
        const found = all.find((event) => event.reason === reason)
        if (found !== undefined) return found
        if (Date.now() > deadlineMs)
          throw new Error(`no event ${reason} of ${key}\n${describe(await status(key), all, log)}`)
        await sleep(POLL_MS)
      }
    },

    /** The value of a series of `/metrics`, named as it stands there with its labels; NaN while nobody answers. */
    metric: async (series: string): Promise<number> => {
      const text = await get(join(state, 'http.sock'), '/metrics').catch(() => '')
      const line = text.split('\n').find((each) => each.startsWith(`${series} `))
      return line === undefined ? Number.NaN : Number(line.slice(series.length))
    },
    /** Runs another `homeostat` command with this controller's state directory, beside it or without it. */
    cli: (words: string[], timeoutMs = PATIENCE_MS): Promise<CommandResult> =>
      runCommand([process.execPath, launcher, '--state', state, ...words], { timeoutMs }),
    /** As `cli`, for commands that reach hosts: with the lab's key and known hosts. */
    cliWithSsh: (words: string[], timeoutMs = PATIENCE_MS): Promise<CommandResult> =>
      runCommand([process.execPath, launcher, '--state', state, ...words, ...reach], { timeoutMs }),

    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL')
      await rm(home, { recursive: true, force: true })
    },
  }
}

export function isIn(status: ComponentStatus, state: string): boolean {
  const name = stateName(status.lifecycle.value)
  return name === state || name.startsWith(`${state}.`)
}

/** Polls until the question is answered with something other than undefined or false. */
export async function untilTrue<T>(
  what: string,
  question: () => Promise<T | undefined | false>,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const deadlineMs = Date.now() + withinMs
  for (;;) {
    const answer = await question()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > deadlineMs) throw new Error(`not within ${withinMs / 1000} s: ${what}`)
    await sleep(POLL_MS)
  }
}

export function pathExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((done, fail) => {
    const asked = request({ socketPath, path, timeout: 5_000 }, (response) => text(response).then(done, fail))
    asked
      .on('error', fail)
      .on('timeout', () => asked.destroy(new Error('no answer')))
      .end()
  })
}

/** Resolves when the controller has looked at the host twice from now on: what the first look showed was acted on. */
export async function untilLookedAt(controller: Controller, host: string): Promise<void> {
  const series = `homeostat_host_last_observation_timestamp_seconds{host="${host}"}`
  let latest = Date.now() / 1000
  for (let look = 0; look < 2; look++)
    latest = await untilTrue(`${host} is looked at`, async () => {
      const at = await controller.metric(series)
      return at > latest && at
    })
}

/** Whether the condition Blocked stands, for this reason. */
export function isBlocked(status: ComponentStatus, reason: string): boolean {
  return status.conditions.some((one) => one.type === 'Blocked' && one.status === 'True' && one.reason === reason)
}

/** While a controller starts there is no store yet, or not a whole one. */
async function readOr<T>(otherwise: T, question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    if (error instanceof StoreError && ['missing', 'older', 'damaged', 'io'].includes(error.kind)) return otherwise
    throw error
  }
}

function describe(status: ComponentStatus | undefined, events: Event[], log: string): string {
  const { lifecycle, intent } = status ?? {}
  const lines = events.slice(-15).map(({ type, reason, message }) => `  ${type} ${reason}: ${message}`)
  return [
    `status: ${JSON.stringify({ lifecycle, intent })}`,
    'last events:',
    ...lines,
    'end of the log:',
    log.slice(-2_000),
  ].join('\n')
}
