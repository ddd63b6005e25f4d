// What `main` builds for the verbs: they take every effect from here and construct nothing themselves.
import type { Command } from 'commander'
import type { Change } from '../model/diff.ts'
import type { Issue } from '../model/issue.ts'
import type { ComponentKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'
import type { Revision } from '../model/target.ts'
import type { LossLimits } from '../plan/sudden-loss.ts'
import type { SecretReader } from '../secrets/secret-reader.ts'
import type { ListingStore } from '../store/store.ts'
import type { Subscription } from '../telemetry/events.ts'
import type { LoggerOptions } from '../telemetry/logger.ts'
import type { ExitCode } from './exit.ts'
import type {
  AlertTestOptions,
  CoverageOptions,
  LiveCoverage,
  LogOptions,
  LogSource,
  LogTestOptions,
  LookAround,
  LookOptions,
  SignOnTestOptions,
  Tested,
  TestedAlertmanager,
} from './live.ts'

export interface Terminal {
  /** Writes to standard output as it is; a reader that went away ends the command quietly. */
  out(text: string): void
  /** Writes to standard error. */
  err(text: string): void
  /** Whether standard output is a terminal. */
  isTty: boolean
  /** Whether standard error is a terminal. */
  errIsTty: boolean
  /** Width in cells; undefined when standard output is no terminal: then nothing is cut off. */
  columns: number | undefined
  /** Height in lines; undefined when standard output is no terminal. */
  rows?: number | undefined
  /** Whether colours are wanted: a terminal, no NO_COLOR, no --no-color. */
  color: boolean
}

/** Where a controller keeps what it knows. */
export interface StatePaths {
  dir: string
  store: string
  socket: string
}

export interface ControllerAnswer {
  status: number
  body: string
}

export interface ControllerClient {
  /** Whether a controller listens on the state directory's socket. */
  isRunning(): Promise<boolean>
  /**
   * Asks the running controller. Throws `CliError` when none runs, when it does not answer within `timeoutMs` (default
   * 10 s) or says more than 16 MiB.
   */
  request(
    method: 'GET' | 'POST',
    path: string,
    options?: { body?: string; timeoutMs?: number; signal?: AbortSignal },
  ): Promise<ControllerAnswer>
}

export interface Composition {
  version: string
  terminal: Terminal
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  nowMs(): number
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /**
   * Aborted by the first SIGINT, SIGTERM or SIGHUP; a second one ends the process. From the first time this is read on:
   * a verb that does not ask for it ends at once, as any program does.
   */
  readonly stop: AbortSignal
  /** From --state, HOMEOSTAT_STATE, or `.homeostat` in the working directory. */
  statePaths(): StatePaths
  /** From the argument, HOMEOSTAT_DESIRED_STATE, or `desired-state` in the working directory; absolute. */
  desiredStateDir(argument?: string): string
  /** A reader needs a store that is there already: without one it throws a `CliError` that says what to run. */
  openStore(mode: 'reader' | 'writer'): Promise<ListingStore>
  controller: ControllerClient
  /** Reads SOPS files. `namesSuffice`: where there is no identity, only the names in them. */
  openSecrets(sources: SecretSources, options?: { namesSuffice?: boolean }): Promise<SecretReader>
  /** Starts a controller in this process. Rejects with `StoreError` when the store cannot be had. */
  startController(options: StartOptions): Promise<RunningController>
  /** Looks at the live hosts and compares them with what is written; changes nothing. */
  planLive(options: PlanOptions): Promise<LivePlan>
  /** Sends a marked alert through every Alertmanager that is meant, one after the other. */
  testAlerts(options: AlertTestOptions): Promise<TestedAlertmanager[]>
  /** Sends a marked line through the journal and the log shipper of every host that has one. */
  testLogs(options: LogTestOptions): Promise<Tested[]>
  /** Asks every protected site as somebody who has not signed on. */
  testSignOn(options: SignOnTestOptions): Promise<Tested[]>
  /** Looks at every host, and brings back facts; changes nothing but for marked lines in journals. */
  lookAround(options: LookOptions): Promise<LookAround>
  /** Hands over what the units of a component have written to the journals of its hosts. */
  readLogs(options: LogOptions): Promise<LogSource[]>
  /** Asks every Prometheus of the desired state what it measures. */
  measureCoverage(options: CoverageOptions): Promise<LiveCoverage>
  /** Sets the code that the process ends with; the highest one stays. */
  exit(code: ExitCode): void
}

/** Where the identity for SOPS files comes from. */
export interface SecretSources {
  env: Readonly<Record<string, string | undefined>>
  /** Then nothing else is looked at. */
  ageKeyFile?: string
}

export interface StartOptions {
  version: string
  /** Absolute path of the desired-state directory. */
  desiredStateDir: string
  state: StatePaths
  /** Where HTTP listens beside the unix socket, `127.0.0.1:9095`; undefined: nowhere. */
  http: { address: string; port: number } | undefined
  /** For hosts that name none of their own. */
  ssh: { identityFile?: string; knownHostsFile?: string }
  secrets: SecretSources
  /** The hosts are those of a lab. Default false. */
  isLab?: boolean
  /** Milliseconds between two looks at a quiet host. */
  resyncMs: number
  /** When so many hosts go wrong within a minute, nothing is changed any more. */
  lossLimits: LossLimits | 'off'
  /** By key, the digest of the only difference that it may put right; absent: whatever differs. */
  receipt?: ReadonlyMap<ComponentKey, string>
  /** Hears of what a person must know at the start, in whole sentences. */
  onNotice(text: string): void
  log: Pick<LoggerOptions, 'stream' | 'format' | 'color' | 'level'>
}

export interface PlanOptions {
  /** Absolute path of the desired-state directory. */
  desiredStateDir: string
  ssh: StartOptions['ssh']
  secrets: SecretSources
  /** Where a controller keeps the key of the digests that stand for secrets; it need not exist. */
  stateDir: string
  signal: AbortSignal
  /** Only this component is looked at, on this host or on all of its hosts, and what its changed files say there is with it. */
  only?: { component: string; host?: string }
}

export interface LivePlan {
  /** In the order in which they are brought about: what others need first, then by key. */
  components: PlannedComponent[]
  /** Stands for exactly this plan; absent where there is nothing to do. */
  digest?: string
  /** Problems in the desired state. */
  issues: Issue[]
  /** Files of secrets that are known to everybody. */
  publishedSecrets?: string[]
}

export interface PlannedComponent {
  key: ComponentKey
  /** What would be changed; empty when the host is as it should be, absent when it could not be told. */
  changes?: Change[]
  /** Revision of what is asked for; absent where it goes. */
  revision?: Revision
  /** What would be done on the host, in order. */
  steps?: string[]
  /** By path of what would be changed: when it was changed last by the host's clock, milliseconds since the epoch; 0: it is not there. */
  live?: Record<string, number>
  /** Contents that would be changed. */
  files?: PlannedFile[]
  /** By path, what files say now that would be changed, of those that everybody there may read and that hold no known secret. */
  found?: Record<string, string>
  /** Units that would be started, restarted, reloaded or stopped, and why. */
  units?: string[]
  /** Components that need this one: their own changes wait for it. */
  dependents?: string[]
  /** Why it could not be told. */
  problem?: string
  /** Of what would be changed, why that cannot be taken back, by resource. */
  irreversible?: Record<string, string>
  /** This revision was taken back on this host before: a controller would not try it again. */
  rejected?: boolean
  /** Nothing here names it, and it was put there from another machine or directory: only a controller that knows it removes it. */
  isAnothers?: true
}

export interface PlannedFile {
  path: string
  /** Hunks of a unified diff, without secrets; absent where it is not shown. */
  diff?: string
  /** Why it is not shown. */
  hidden?: string
}

/** A controller at work in this process. */
export interface RunningController {
  /** Sorted by key. */
  statuses(): ComponentStatus[]
  /**
   * Every key that the desired state names, and whether it is to be there; what it names no longer and is known on its hosts
   * is not. Before its first pass (`hasPassed`) its status is what an earlier controller left in the store; a pass whose host
   * did not answer counts only when that was asked again in vain.
   */
  wanted(): { key: ComponentKey; kind: 'deploy' | 'disable' | 'held'; hasPassed: boolean }[]
  /** Whether every host that answers has been asked for what is there and named no longer, which is among `wanted` then. */
  isSurveyed(): boolean
  /** Problems in the desired state. */
  issues(): Issue[]
  subscribe(): Subscription
  /** Resolves when it cannot go on: what the store has on disk is no longer known. */
  failed: Promise<Error>
  /** Ends orderly; what runs on hosts runs on. */
  stop(): Promise<void>
}

/** What each verb's file exports. */
export interface Verb {
  register(program: Command, composition: Composition): void
}
