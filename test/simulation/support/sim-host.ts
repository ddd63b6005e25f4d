// A simulated machine: what is on it, what was done to it (the ledger: the ground truth of every check), and how it fails.
import type { Remembered } from '../../../src/driver/driver.ts'
import { sendable } from '../../../src/driver/systemd/sendable.ts'
import type { Deed } from '../../../src/model/deed.ts'
import type {
  FileFact,
  HostObservation,
  OperationFact,
  OperationResult,
  UnitFact,
  Wanted,
} from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import { type Resource, resourceId, type UnitResource } from '../../../src/model/resource.ts'
import type { Target } from '../../../src/model/target.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { loadedDigest } from '../../../src/plan/loaded-digest.ts'
import type { SimClock } from './sim-clock.ts'
import { digestOf } from './sim-digest.ts'
import { SimGenerations } from './sim-generations.ts'

export interface LedgerEntry {
  atMs: number
  operation: Operation
  outcome: OperationResult['outcome'] | 'interrupted'
}

interface SimFile {
  content: string
  owner: string
  group: string
  mode: number
  changedAtMs: number
}

interface Held {
  operation: Operation
  state: 'running' | 'interrupted' | 'done'
  result?: OperationResult
}

interface SimRecord {
  generation: number
  revision: string
  verified?: { generation: number; revision: string }
  rejected: string[]
  owned: string[]
  keeper?: string
}

const stopped: UnitFact = {
  load: 'loaded',
  active: 'inactive',
  sub: 'dead',
  enabled: 'disabled',
  result: 'success',
  restarts: 0,
  invocationId: '',
  stateChangedAtMs: 0,
  needsDaemonReload: false,
}

export class SimHost {
  readonly name: string
  readonly ledger: LedgerEntry[] = []
  readonly files = new Map<string, SimFile>()
  readonly units = new Map<string, UnitFact>()
  readonly packages = new Set<string>()
  readonly records = new Map<string, SimRecord>()
  /** Components whose record cannot be read. */
  readonly damaged = new Set<string>()
  readonly operations = new Map<string, Held>()
  readonly kept = new SimGenerations()
  /** `component revision` of everything that was ever confirmed here, or proven by the simulated probes. */
  readonly proven = new Set<string>()
  readonly refusals: string[] = []
  /** What its logs tell of people. */
  readonly deeds: Deed[] = []
  /** Operations that began when the controller had already looked for them in vain. */
  readonly late = new Set<string>()
  /** Who watches: called with every change of a file or unit, whoever made it. */
  readonly watchers = new Set<() => void>()
  /** Called whenever a unit has started. */
  onStart: (name: string) => void = () => undefined
  boots = 1
  fence = 0
  readonly #clock: SimClock
  /** Who sends the operations. */
  readonly #keeper: string

  constructor(name: string, clock: SimClock, keeper: string) {
    this.name = name
    this.#clock = clock
    this.#keeper = keeper
  }

  observe(wanted: Wanted, startedAtMs: number): HostObservation {
    const pick = <T>(names: string[], fact: (name: string) => T) =>
      Object.fromEntries(names.map((name) => [name, fact(name)]))
    const readable = [...this.records].filter(([name]) => !this.damaged.has(name))
    return {
      host: this.name,
      startedAtMs,
      hostTimeMs: this.#clock.nowMs(),
      bootId: `boot-${this.boots}`,
      machineId: `machine-${this.name}`,
      fence: this.fence,
      files: pick(wanted.paths, (path) => this.#fileFact(path)),
      units: pick(wanted.units, (name) => this.units.get(name) ?? { ...stopped, load: 'not-found', enabled: '' }),
      packages: pick(wanted.packages, (name) => ({
        installed: this.packages.has(name),
        version: this.packages.has(name) ? '1' : '',
      })),
      users: {},
      operations: pick(wanted.operationIds, (id) => this.#operationFact(id)),
      components: Object.fromEntries(
        readable.map(([name, record]) => [name, { ...copyOf(record), kept: this.kept.of(name) }]),
      ),
      damaged: [...this.damaged].map((component) => ({
        path: `/records/${component}`,
        what: 'it ends in the middle',
        component,
      })),
    }
  }

  /**
   * Runs an operation to its end, as the transient unit on a real host does, whatever becomes of the caller. Undefined
   * when the host went down meanwhile.
   */
  async operate(operation: Operation, durationMs: number): Promise<OperationResult | undefined> {
    const startedAtMs = this.#clock.nowMs()
    if (this.operations.has(operation.id)) return this.#refused(operation, 'an operation of this id was here before')
    if ([...this.operations.values()].some((held) => held.state === 'running'))
      return this.#refused(operation, 'the host lock is held')
    if (operation.fence <= this.fence)
      return this.#refused(operation, `fence ${operation.fence} is not above ${this.fence}`)
    if (operation.observedFence !== undefined && operation.observedFence !== this.fence)
      return this.#refused(operation, `token ${this.fence} came in between, after ${operation.observedFence}`)
    this.fence = operation.fence
    const held: Held = { operation, state: 'running' }
    this.operations.set(operation.id, held)
    const boots = this.boots
    await this.#clock.sleep(durationMs / 2)
    if (this.boots === boots) this.#change(operation)
    await this.#clock.sleep(durationMs / 2)
    if (this.boots !== boots) {
      this.ledger.push({ atMs: this.#clock.nowMs(), operation, outcome: 'interrupted' })
      return undefined
    }
    const result = this.#result(operation, startedAtMs)
    const record = this.records.get(operation.component)
    if (record !== undefined && result.outcome === 'succeeded') {
      record.generation = operation.generation
      this.kept.add(operation, (path) => this.files.get(path)?.content ?? '')
    }
    held.state = 'done'
    held.result = result
    // As a real host does: who looked in the middle has seen neither state.
    this.fence = operation.fence + 1
    this.ledger.push({ atMs: this.#clock.nowMs(), operation, outcome: result.outcome })
    return result
  }

  confirm(component: string, generation: number): void {
    const record = this.records.get(component)
    if (record !== undefined && record.generation === generation)
      record.verified = { generation, revision: record.revision }
  }

  /** Writes a damaged record anew from what a real host still has, and what is remembered; undefined where it has changed. */
  mend(component: string, { generation, lastGood, rejected }: Remembered, fence: number) {
    const record = this.records.get(component)
    const isBusy = [...this.operations.values()].some((held) => held.state === 'running')
    if (record === undefined || fence !== this.fence || isBusy) return undefined
    const newest = Math.max(generation, record.generation)
    const verified = lastGood === undefined ? {} : { verified: { generation: newest, revision: lastGood } }
    const { revision, owned } = record
    this.records.set(component, { generation: newest, revision, owned, rejected, keeper: this.#keeper, ...verified })
    this.damaged.delete(component)
    return { generation: newest, owned: owned.length }
  }

  /** A probe of this component passed while this revision was on the host. */
  probed(component: string): void {
    const revision = this.records.get(component)?.revision
    if (revision !== undefined) this.proven.add(`${component} ${revision}`)
  }

  reboot(): void {
    this.boots += 1
    for (const held of this.operations.values()) if (held.state === 'running') held.state = 'interrupted'
    for (const [name, unit] of this.units) if (unit.enabled === 'enabled') this.#start(name)
  }

  /** A file that nobody manages. */
  write(path: string, content: string): void {
    const changedAtMs = this.#clock.nowMs()
    this.files.set(path, { content, owner: 'root', group: 'root', mode: 0o644, changedAtMs })
  }

  /** A person stops a unit by hand. */
  stop(name: string): void {
    const unit = this.units.get(name)
    if (unit === undefined) return
    const stateChangedAtMs = this.#clock.nowMs()
    this.units.set(name, { ...unit, active: 'inactive', sub: 'dead', stateChangedAtMs })
    this.#tell()
  }

  /** A process dies by itself. */
  die(name: string): void {
    this.#fail(name)
    this.#tell()
  }

  /** A person edits a file by hand. */
  edit(path: string, change: Partial<SimFile>): void {
    const file = this.files.get(path)
    if (file !== undefined) this.files.set(path, { ...file, ...change, changedAtMs: this.#clock.nowMs() })
    this.#tell()
  }

  /** Whether everything of a target is on the host, running what is on disk. */
  matches(target: Target): boolean {
    return target.resources.every((resource) => {
      if (resource.kind === 'file') return this.files.get(resource.path)?.content === resource.content
      if (resource.kind === 'package') return this.packages.has(resource.name)
      if (resource.kind === 'unit') return !resource.running || this.units.get(resource.name)?.active === 'active'
      return true
    })
  }

  #tell(): void {
    for (const tell of this.watchers) tell()
  }

  #change(operation: Operation): void {
    this.#tell()
    const record: SimRecord = this.records.get(operation.component) ?? {
      generation: 0,
      revision: '',
      rejected: [],
      owned: [],
    }
    record.keeper = this.#keeper
    this.records.set(operation.component, record)
    const sent = sendable(operation.target, (text) => ({ text }), operation.keep)
    const resources = ('target' in sent ? sent.target?.resources : undefined) ?? []
    if (this.#validatorRefuses(operation) || this.damaged.has(operation.component)) return
    record.owned = [...new Set([...record.owned, ...resources.map(resourceId)])]
    const changed = new Set(operation.diff.changes.map((change) => change.resource))
    for (const resource of resources) if (changed.has(resourceId(resource))) this.#put(resource)
    for (const change of operation.diff.changes) if (change.action === 'remove') this.#remove(change.resource)
    const wanted = new Set(resources.map(resourceId))
    record.owned = record.owned.filter((id) => wanted.has(id))
    for (const resource of resources)
      if (resource.kind === 'unit' && changed.has(resourceId(resource))) this.#run(resource, resources)
    record.revision = operation.target?.revision ?? ''
    record.rejected = record.rejected.filter((revision) => revision !== record.revision)
    const { generation, target, reject } = operation
    if (reject !== undefined && record.verified?.revision === reject && target !== undefined)
      record.verified = { generation, revision: target.revision }
    if (operation.reject !== undefined) record.rejected.push(operation.reject)
    if (operation.kind === 'remove') this.records.delete(operation.component)
  }

  #put(resource: Resource): void {
    if (resource.kind === 'package') this.packages.add(resource.name)
    if (resource.kind !== 'file') return
    const { content, owner, group, mode } = resource
    this.files.set(resource.path, { content, owner, group, mode, changedAtMs: this.#clock.nowMs() })
  }

  #remove(id: string): void {
    const [kind, name] = [id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1)]
    if (kind === 'file') this.files.delete(name)
    if (kind === 'package') this.packages.delete(name)
    if (kind === 'unit') this.units.delete(name)
  }

  #run(unit: UnitResource, resources: Resource[]): void {
    const before = this.units.get(unit.name) ?? stopped
    this.units.set(unit.name, { ...before, load: 'loaded', enabled: unit.enabled ? 'enabled' : 'disabled' })
    if (!unit.running) return
    this.#start(unit.name)
    const started = this.units.get(unit.name)
    if (started === undefined) return
    // As a real host does: what is noted is what the operation was sent, whatever somebody has made of it since.
    const files = resources.filter((resource) => resource.kind === 'file')
    const digest = loadedDigest(
      [...unit.restartOn, ...unit.reloadOn].map((id) => {
        const content = files.find((file) => resourceId(file) === id)?.content
        return { path: id.slice('file:'.length), sha256: content === undefined ? '' : digestOf(content) }
      }),
    )
    const { invocationId, stateChangedAtMs } = started
    this.units.set(unit.name, { ...started, loaded: { invocationId, stateChangedAtMs, digest } })
  }

  #start(name: string): void {
    const before = this.units.get(name) ?? stopped
    const stateChangedAtMs = this.#clock.nowMs()
    const invocationId = sha256(`${before.invocationId}+${stateChangedAtMs}`).slice(0, 12)
    this.units.set(name, {
      ...before,
      active: 'active',
      sub: 'running',
      result: 'success',
      invocationId,
      stateChangedAtMs,
    })
    const content = this.files.get(`/etc/${name.replace('.service', '')}.conf`)?.content ?? ''
    if (content.includes('BAD:start')) this.#fail(name)
    if (content.includes('BAD:dies')) this.#clock.setTimer(1_500, () => this.#fail(name, invocationId))
    this.onStart(name)
  }

  /** The process dies; with an invocation given, only if it is still that one. */
  #fail(name: string, invocationId?: string): void {
    const before = this.units.get(name)
    if (before === undefined || (invocationId !== undefined && before.invocationId !== invocationId)) return
    this.units.set(name, {
      ...before,
      active: 'failed',
      sub: 'failed',
      result: 'exit-code',
      stateChangedAtMs: this.#clock.nowMs(),
    })
  }

  #result(operation: Operation, startedAtMs: number): OperationResult {
    const base = { operationId: operation.id, startedAtMs, finishedAtMs: this.#clock.nowMs() }
    if (this.#validatorRefuses(operation)) {
      return { ...base, outcome: 'failed', step: 'validate', exitCode: 1, output: 'refused', certain: true }
    }
    if (this.damaged.has(operation.component))
      return { ...base, outcome: 'failed', step: 'note', exitCode: 1, output: 'record damaged', certain: false }
    const failed = (operation.target?.resources ?? []).find(
      (resource) => resource.kind === 'unit' && resource.running && this.units.get(resource.name)?.active === 'failed',
    )
    if (failed !== undefined)
      return {
        ...base,
        outcome: 'failed',
        step: `start ${resourceId(failed)}`,
        exitCode: 1,
        output: 'died',
        certain: true,
      }
    return { ...base, outcome: 'succeeded', output: '', certain: false }
  }

  #refused(operation: Operation, why: string): OperationResult {
    this.refusals.push(`${operation.id}: ${why}`)
    const nowMs = this.#clock.nowMs()
    return {
      operationId: operation.id,
      outcome: 'refused',
      step: 'check the token',
      output: why,
      certain: false,
      startedAtMs: nowMs,
      finishedAtMs: nowMs,
    }
  }

  #validatorRefuses(operation: Operation): boolean {
    return contents(operation.target?.resources ?? []).includes('BAD:validate')
  }

  #operationFact(id: string): OperationFact {
    const held = this.operations.get(id)
    if (held === undefined) return { state: 'unknown' }
    return held.state === 'done' && held.result !== undefined
      ? { state: 'done', result: held.result }
      : { state: held.state === 'running' ? 'running' : 'interrupted' }
  }

  #fileFact(path: string): FileFact {
    const file = this.files.get(path)
    if (file === undefined) return { state: 'absent' }
    const { content, ...access } = file
    return { state: 'file', sha256: digestOf(content), sizeBytes: content.length, ...access }
  }
}

/** The controller gets what is there now, not what will be. */
function copyOf(record: SimRecord): SimRecord {
  return { ...record, rejected: [...record.rejected], owned: [...record.owned] }
}

function contents(resources: Resource[]): string {
  return resources.map((resource) => (resource.kind === 'file' ? resource.content : '')).join('\n')
}
