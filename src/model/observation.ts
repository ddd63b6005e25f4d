// What was seen on a host in one round trip. Everything decided is decided on this, never on what an event said.
import type { ResourceId } from './resource.ts'
import type { Revision } from './target.ts'

export type FileFact =
  | { state: 'absent' }
  | {
      state: 'file'
      sha256: string
      sizeBytes: number
      owner: string
      group: string
      mode: number
      /** Inode change time by the host's clock, milliseconds since the epoch. */
      changedAtMs: number
    }
  | { state: 'directory'; owner: string; group: string; mode: number }
  /** A symbolic link, device, socket or a file that could not be read; `what` says which. */
  | { state: 'other'; what: string }

export interface UnitFact {
  /** systemd's LoadState: loaded, not-found, masked, bad-setting, error. */
  load: string
  /** systemd's ActiveState: active, inactive, failed, activating, deactivating, reloading. */
  active: string
  sub: string
  /** systemd's UnitFileState: enabled, disabled, masked, static, generated, or empty. */
  enabled: string
  /** systemd's Result of the last run: success, exit-code, signal, start-limit-hit, … */
  result: string
  /** Automatic restarts since the unit was started by hand. */
  restarts: number
  /** Changes with every start; empty when the unit never ran. */
  invocationId: string
  /** Last state change (a reload counts) by the host's clock, milliseconds since the epoch; 0 when never. */
  stateChangedAtMs: number
  /** systemd has not read the unit's files since they changed. */
  needsDaemonReload: boolean
  /** What we know the running process loaded; absent when we never started it. */
  loaded?: LoadedRecord
}

/** Written by an operation after it started or reloaded a unit. */
export interface LoadedRecord {
  invocationId: string
  /** `stateChangedAtMs` right after; a later one means that somebody else reloaded it. */
  stateChangedAtMs: number
  /** Digest of the files that the unit watches, as `loadedDigest` of `src/plan` computes it. */
  digest: string
}

export interface PackageFact {
  installed: boolean
  /** Empty when not installed. */
  version: string
  /** dpkg's status when neither installed nor absent: half-configured, unpacked, … */
  broken?: string
  /**
   * Hosts of the repositories that offer the installed version, as apt knows them; `file` for one on the host itself. Empty
   * where none does. Absent where the origin was not asked for.
   */
  origins?: string[]
  /** The same of any version. */
  offeredBy?: string[]
}

export interface UserFact {
  exists: boolean
  home: string
  groups: string[]
}

/** The PostgreSQL server of a host, as far as it was asked for. */
export type PostgresFact =
  /** Not installed, not running, or it does not answer; `why` says which, in words. */
  | { state: 'silent'; why: string }
  /** What is not among them does not exist. */
  | { state: 'answering'; roles: Record<string, PostgresRoleFact>; databases: Record<string, PostgresDatabaseFact> }

export interface PostgresRoleFact {
  /** In words, sorted: `login`, `superuser`, `connection limit 3`, … */
  attributes: string[]
  /** Sorted. */
  memberOf: string[]
  /**
   * What the server keeps of its password: `SCRAM-SHA-256$…`; empty where it has none. Guesses can be tried on it: it is compared,
   * and goes nowhere else.
   */
  verifier: string
}

export interface PostgresDatabaseFact {
  owner: string
  /** `ROLE PRIVILEGE`, sorted; everybody is `PUBLIC`. */
  grants: string[]
  /** In words what keeps even those from connecting; empty where nothing does. */
  closed: string
}

/** What an operation of ours came to, as the host tells it. */
export type OperationFact =
  | { state: 'unknown' }
  | { state: 'running' }
  /** Staged or started, but neither running nor finished: killed or rebooted in the middle; or `why` nothing is known of its end. */
  | { state: 'interrupted'; why?: string }
  | { state: 'done'; result: OperationResult }

export interface OperationResult {
  operationId: string
  /** `refused`: the host did not take it (its lock, its token) and nothing was changed. */
  outcome: 'succeeded' | 'failed' | 'refused'
  /** The step that failed, in words: `validate file:/etc/…`, `start prometheus.service`. */
  step?: string
  exitCode?: number
  /** The failing step's output, at most 4 KiB, control characters escaped. */
  output: string
  /** True where a retry cannot help: the validator refused, the operation is malformed, a lower fence. */
  certain: boolean
  /** By the host's clock, milliseconds since the epoch. */
  startedAtMs: number
  finishedAtMs: number
}

/** The host's own record of a component: what survives the loss of our store. */
export interface ComponentRecord {
  generation: number
  revision: Revision
  /** The last generation proven on this host, if any. */
  verified?: { generation: number; revision: Revision }
  /** Revisions that were tried here and taken back. */
  rejected: Revision[]
  /** Every resource we created or took over, recorded before it was touched. */
  owned: ResourceId[]
  /** Numbers of the generations whose content the host keeps, ascending; absent: of none. */
  kept?: number[]
  /** The generation that the host took back by itself, because nobody confirmed it; absent where the last change was somebody's. */
  reverted?: number
  /** The operation that the host takes back by itself unless it is confirmed, and the time left for that: none while it does so. */
  armed?: { operationId: string; leftMs: number }
  /** Lower-case hex SHA-256 that stands for the controller which changed it last; absent where that did not say. */
  keeper?: string
}

/** What a host keeps of the files of a generation, looked at and checked there. */
export interface KeptGeneration {
  generation: number
  revision: Revision
  /** SHA-256 by path, of those whose kept copy is what it was. */
  files: Record<string, string>
  /** Paths of the others: their copy is gone or was changed. */
  damaged: string[]
}

/** Something of ours on a host that does not read as we wrote it. */
export interface Damage {
  path: string
  /** What is wrong with it, in words: `it ends in the middle`. */
  what: string
  /** The component whose record it is; absent for what belongs to the host. */
  component?: string
}

export interface HostObservation {
  host: string
  /** When the observation was started, by the controller's clock. */
  startedAtMs: number
  /** The host's clock at the observation. */
  hostTimeMs: number
  bootId: string
  machineId: string
  /** Highest operation token this host has accepted; 0 when none. */
  fence: number
  files: Record<string, FileFact>
  units: Record<string, UnitFact>
  /** What units did and what holds no more: by command, as `effectKey` has it, what the command said. */
  lost?: Record<string, string>
  packages: Record<string, PackageFact>
  users: Record<string, UserFact>
  /** Absent where nothing of it was asked for. */
  postgres?: PostgresFact
  operations: Record<string, OperationFact>
  /** By component name, every component this host has a record of that can be read. */
  components: Record<string, ComponentRecord>
  /** What of ours cannot be read: nothing of it is among the rest. */
  damaged: Damage[]
}

/** A command as a key: no two commands have the same. */
export function effectKey(argv: string[]): string {
  return JSON.stringify(argv)
}

/** What to look at on a host: the union over all its components. */
export interface Wanted {
  paths: string[]
  units: string[]
  /** Commands that look whether what a unit did still holds. */
  effects?: string[][]
  packages: string[]
  /** Those of `packages` whose origin matters. */
  origins?: string[]
  users: string[]
  /** Names of roles and databases of the PostgreSQL server. */
  postgres?: { roles: string[]; databases: string[] }
  operationIds: string[]
}
