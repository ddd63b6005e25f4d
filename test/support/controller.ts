// A controller as its user runs it: a process of its own, with its own desired state and state directory, against real hosts.
// Tests write files, wait for what the store says, and kill it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
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
import { type HostRow, type ListingStore, StoreError } from '../../src/store/store.ts'
import { type DocumentObject, yamlOf } from './desired-yaml.ts'

const launcher = resolve(import.meta.dirname, '../../bin/homeostat.js')

const POLL_MS = 100
/** On hosts that share two processors with everything else, other tests included. */
const PATIENCE_MS = 240_000
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

/** Everything around one controller; nothing runs before `start`. What it started and made goes when it goes out of scope. */
export class Controller implements AsyncDisposable {
  /** A directory of its own, with `desired` and `state` in it unless they were given. */
  readonly home: string
  readonly desired: string
  readonly state: string
  /** The end of what it said on standard error. */
  log = ''
  readonly #reach: string[]
  readonly #words: string[]
  #child: ChildProcess | undefined
  #closed: Promise<unknown> = Promise.resolve()

  constructor(lab: Lab, home: string, { desired, state, resync = '1s', more = [] }: ControllerOptions) {
    this.home = home
    this.desired = desired ?? join(home, 'desired')
    this.state = state ?? join(home, 'state')
    this.#reach = ['--identity', lab.identityFile, '--known-hosts', lab.knownHostsFile]
    this.#words = ['--http', 'off', '--resync', resync, ...this.#reach, ...more]
  }

  get pid(): number {
    return this.#child?.pid ?? Number.NaN
  }

  /** Starts it and waits for nothing. */
  start(...more: string[]): void {
    this.startUnder([], ...more)
  }

  /** As `start`, by a program that becomes the controller: `strace -D`, for instance. */
  startUnder(wrapper: readonly string[], ...more: string[]): void {
    const words = [launcher, '--state', this.state, 'run', this.desired, ...this.#words, ...more]
    const [program = '', ...argv] = [...wrapper, process.execPath, ...words]
    const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', (chunk: Buffer) => {
      this.log = (this.log + chunk.toString()).slice(-LOG_KEPT)
    })
    this.#closed = once(child, 'close')
    this.#child = child
  }

  /** SIGKILL: no handler runs, nothing is written any more. */
  kill(): Promise<number | null> {
    return this.#end('SIGKILL')
  }

  /** Asks it to stop, and returns its exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** Its exit code, when it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#closed
    return this.#child?.exitCode ?? null
  }

  /** Between `pause` and `resume` it sees nothing and does nothing: what is done meanwhile is one event to it. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Puts documents into a file of the desired state. */
  async write(name: string, ...documents: (DocumentObject | string)[]): Promise<void> {
    // In one move, as git and editors do it: on a busy machine half a second can pass between the emptying of a file and its text.
    const draft = join(this.desired, `.${name.replaceAll('/', '-')}.draft`)
    await writeFile(draft, yamlOf(documents))
    await rename(draft, join(this.desired, name))
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.desired, name))
  }

  status(key: string): Promise<ComponentStatus | undefined> {
    return this.#read(undefined, (store) => store.get(key as ComponentKey))
  }

  statuses(): Promise<ComponentStatus[]> {
    return this.#read([], (store) => store.list())
  }

  hosts(): Promise<HostRow[]> {
    return this.#read([], (store) => store.hosts())
  }

  /** All of them, oldest first; of one component where a key is given. */
  events(key?: string, afterId = 0): Promise<Event[]> {
    const query = { limit: 1000, afterId, ...(key === undefined ? {} : { key: key as ComponentKey }) }
    return this.#read([], (store) => store.events(query))
  }

  /** Waits until the component's status is as asked; says what it was instead where it never is. */
  async until(
    key: string,
    isReached: (status: ComponentStatus) => boolean,
    { withinMs = PATIENCE_MS, what = 'as asked' } = {},
  ): Promise<ComponentStatus> {
    const deadlineMs = Date.now() + withinMs
    for (;;) {
      const now = await this.status(key)
      if (now !== undefined && isReached(now)) return now
      if (Date.now() > deadlineMs) throw new Error(`${key} is not ${what}\n${await this.#describe(key)}`)
      await sleep(POLL_MS)
    }
  }

  /** Waits until the component is in the state named, for instance `healthy.inSync` or `rolledBack`. */
  untilState(key: string, state: string, withinMs = PATIENCE_MS): Promise<ComponentStatus> {
    return this.until(key, (status) => isIn(status, state), { withinMs, what: state })
  }

  /** Waits for an event with this reason, newer than `afterId`. */
  async untilEvent(key: string, reason: string, { afterId = 0, withinMs = PATIENCE_MS } = {}): Promise<Event> {
    const deadlineMs = Date.now() + withinMs
    for (;;) {
      const found = (await this.events(key, afterId)).find((event) => event.reason === reason)
      if (found !== undefined) return found
      if (Date.now() > deadlineMs) throw new Error(`no event ${reason} of ${key}\n${await this.#describe(key)}`)
      await sleep(POLL_MS)
    }
  }

  /** What the controller's own socket answers; empty while nobody does. */
  answer(path: string): Promise<string> {
    return get(join(this.state, 'http.sock'), path).catch(() => '')
  }

  /** The value of a series of `/metrics`, named as it stands there with its labels; NaN while nobody answers. */
  async metric(series: string): Promise<number> {
    const answer = await this.answer('/metrics')
    const line = answer.split('\n').find((each) => each.startsWith(`${series} `))
    return line === undefined ? Number.NaN : Number(line.slice(series.length))
  }

  /** Runs another `homeostat` command with this one's state directory, beside it or without it. */
  cli(words: string[], timeoutMs = PATIENCE_MS, stdin = ''): Promise<CommandResult> {
    return runCommand([process.execPath, launcher, '--state', this.state, ...words], { timeoutMs, stdin })
  }

  /** As `cli`, for commands that reach hosts: with the lab's key and known hosts. */
  cliWithSsh(words: string[], timeoutMs = PATIENCE_MS): Promise<CommandResult> {
    return this.cli([...words, ...this.#reach], timeoutMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.home, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal)
    return this.ended()
  }

  /** While a controller starts there is no store yet, or not a whole one: then `otherwise`. */
  async #read<T>(otherwise: T, question: (store: ListingStore) => Promise<T>): Promise<T> {
    try {
      const store = await openSqliteStore(join(this.state, 'store.sqlite'), { mode: 'reader', nowMs: Date.now() })
      try {
        return await question(store)
      } finally {
        await store.close()
      }
    } catch (error) {
      if (error instanceof StoreError && ['missing', 'older', 'damaged', 'io'].includes(error.kind)) return otherwise
      throw error
    }
  }

  async #describe(key: string): Promise<string> {
    const { lifecycle, intent, conditions } = (await this.status(key)) ?? {}
    const events = (await this.events(key)).slice(-15)
    const lines = events.map(({ type, reason, message }) => `  ${type} ${reason}: ${message.slice(0, 300)}`)
    const status = JSON.stringify({ lifecycle, intent, conditions })
    return [`status: ${status}`, 'last events:', ...lines, 'end of the log:', this.log.slice(-2_000)].join('\n')
  }
}

/** A controller with an empty desired state, unless it is given another's. */
export async function newController(lab: Lab, options: ControllerOptions = {}): Promise<Controller> {
  const controller = new Controller(lab, await mkdtemp(join(tmpdir(), 'homeostat-controller-')), options)
  await mkdir(controller.desired, { recursive: true })
  return controller
}

export function isIn(status: ComponentStatus, state: string): boolean {
  const name = stateName(status.lifecycle)
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

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((done, fail) => {
    const asked = request({ socketPath, path, timeout: 30_000 }, (response) => text(response).then(done, fail))
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

/** As its `pause`, when it has just looked at the host: what is done now is found by one look, and not in parts by two. */
export async function pauseBetweenLooks(controller: Controller, host: string): Promise<void> {
  await untilLookedAt(controller, host)
  controller.pause()
}

/** Whether the condition Blocked stands, for this reason. */
export function isBlocked(status: ComponentStatus, reason: string): boolean {
  return status.conditions.some((one) => one.type === 'Blocked' && one.status === 'True' && one.reason === reason)
}
