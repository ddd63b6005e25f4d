// Runs verbs in this process on a real store file, with a terminal that remembers what was written to it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Composition, LivePlan } from '../../src/cli/composition.ts'
import { controllerClient } from '../../src/cli/controller-client.ts'
import { openStoreAt } from '../../src/cli/open-store.ts'
import { addVerbs, rootCommand } from '../../src/cli/program.ts'
import { verbOf } from '../../src/cli/verbs.ts'
import { openSecrets } from '../../src/open-secrets.ts'
import type { Write } from '../../src/store/store.ts'
import { NOW_MS } from './statuses.ts'

export interface CliRun {
  out: string
  err: string
  /** What the verb asked the process to end with. */
  exitCode: number
}

export interface CliOptions extends Partial<Live> {
  /** Width of the terminal; without it the output is no terminal. */
  columns?: number
  color?: boolean
  /** Default: none. */
  env?: Composition['env']
  /** Called instead of waiting, with the number of the wait; the verb is stopped when it returns false. */
  onWait?: (count: number) => Promise<boolean>
  /** What a look at the hosts would show. Default: none is looked at. */
  plan?: LivePlan
}

/** What reaches hosts. Default: none is reached. */
type Live = Pick<Composition, 'lookAround' | 'readLogs' | 'testLogs' | 'testSignOn' | 'measureCoverage'>

export interface StateDir extends AsyncDisposable {
  path: string
  write(change: Write): Promise<void>
  run(words: readonly string[], options?: CliOptions): Promise<CliRun>
}

/** An empty state directory below the system's temporary one; it is removed when it goes out of scope. */
export async function stateDir(): Promise<StateDir> {
  const path = await mkdtemp(join(tmpdir(), 'homeostat-cli-'))
  return {
    path,
    write: (change) => writeTo(join(path, 'store.sqlite'), change),
    run: (words, options) => runVerb(path, words, options),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

async function writeTo(store: string, change: Write): Promise<void> {
  const writer = await openStoreAt(store, { mode: 'writer', nowMs: NOW_MS })
  await writer.write(change)
  await writer.close()
}

async function runVerb(path: string, words: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const run: CliRun = { out: '', err: '', exitCode: 0 }
  const program = rootCommand('1.2.3').configureOutput({
    writeOut: writer(run, 'out'),
    writeErr: writer(run, 'err'),
  })
  await addVerbs(program, composition(path, run, options), verbOf(words))
  await program.parseAsync(words, { from: 'user' })
  return run
}

function composition(
  dir: string,
  run: CliRun,
  { columns, color = false, env = {}, onWait, plan, ...live }: CliOptions,
): Composition {
  const stop = new AbortController()
  const paths = { dir, store: join(dir, 'store.sqlite'), socket: join(dir, 'http.sock') }
  let waits = 0
  return {
    version: '1.2.3',
    terminal: {
      out: writer(run, 'out'),
      err: writer(run, 'err'),
      isTty: columns !== undefined,
      errIsTty: columns !== undefined,
      columns,
      color,
    },
    env,
    cwd: dir,
    nowMs: () => NOW_MS,
    wait: async () => {
      waits += 1
      if (!(await onWait?.(waits))) stop.abort()
    },
    stop: stop.signal,
    statePaths: () => paths,
    desiredStateDir: (argument) => argument ?? join(dir, 'desired-state'),
    openStore: (mode) => openStoreAt(paths.store, { mode, nowMs: NOW_MS }),
    controller: controllerClient(() => paths.socket),
    openSecrets: (sources, { namesSuffice = false } = {}) => openSecrets(sources, { stateDir: dir, namesSuffice }),
    startController: () => Promise.reject(new Error('no controller is started in this test')),
    planLive: () =>
      plan === undefined ? Promise.reject(new Error('no host is looked at in this test')) : Promise.resolve(plan),
    testAlerts: () => Promise.reject(new Error('no alert is sent in this test')),
    testLogs: noHost,
    testSignOn: noHost,
    lookAround: noHost,
    readLogs: noHost,
    measureCoverage: noHost,
    ...live,
    exit: (code) => {
      run.exitCode = Math.max(run.exitCode, code)
    },
  }
}

const noHost = () => Promise.reject(new Error('no host is reached in this test'))

function writer(run: CliRun, stream: 'out' | 'err'): (text: string) => void {
  return (text) => {
    run[stream] += text
  }
}
