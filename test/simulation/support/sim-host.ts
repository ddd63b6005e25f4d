// A simulated machine: what is on it, what was done to it (the ledger: the ground truth of every check), and how it fails.
import type { Remembered } from '../../../src/driver/driver.ts'
import type { Deed } from '../../../src/model/deed.ts'
import type {
  ComponentRecord,
  FileFact,
  HostObservation,
  OperationFact,
  OperationResult,
  Wanted,
} from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import { type Resource, type ResourceId, resourceId } from '../../../src/model/resource.ts'
import type { Target } from '../../../src/model/target.ts'
import type { SimClock } from './sim-clock.ts'
import { SimDeadMan } from './sim-dead-man.ts'
import { digestOf } from './sim-digest.ts'
import { SimGenerations } from './sim-generations.ts'
import { SimUnits, stopped } from './sim-units.ts'

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
  owned: ResourceId[]
  keeper?: string
  reverted?: number
}

export class SimHost {
  readonly name: string
  readonly ledger: LedgerEntry[] = []
  readonly files = new Map<string, SimFile>()
  readonly units: SimUnits
  readonly packages = new Set<string>()
  readonly records = new Map<string, SimRecord>()
  /** Components whose record cannot be read. */
  readonly damaged = new Set<string>()
  readonly operations = new Map<string, Held>()
  readonly kept = new SimGenerations()
  readonly deadMan: SimDeadMan
  /** `component revision` of everything that was ever confirmed here, or proven by the simulated probes. */
  readonly proven = new Set<string>()
  readonly refusals: string[] = []
  /** What its logs tell of people. */
  readonly deeds: Deed[] = []
  /** Operations that began when the controller had already looked for them in vain. */
  readonly late = new Set<string>()
  /** Called with each operation that was sent here and is carried out, and the token before it. */
  onAccepted: (operation: Operation, token: number) => void = () => undefined
  /** Who watches: called with every change of a file or unit, whoever made it. */
  readonly watchers = new Set<() => void>()
  /** Components without which nobody gets in any more. */
  readonly guards = new Set<string>()
  boots = 1
  fence = 0
  readonly #clock: SimClock
  /** Who sends the operations. */
  readonly #keeper: string

  constructor(name: string, clock: SimClock, keeper: string) {
    this.name = name
    this.#clock = clock
    this.#keeper = keeper
    this.units = new SimUnits(clock, (path) => this.files.get(path)?.content ?? '')
    this.deadMan = new SimDeadMan(clock, (fallback, from) => this.#goBack(fallback, from))
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
      components: Object.fromEntries(readable.map(([name, record]) => [name, this.#recordFact(name, record)])),
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
    if (this.operations.has(operation.id)) return this.#refused(operation, 'an operation of this id was here before')
    if (this.isBusy) return this.#refused(operation, 'the host lock is held')
    if (operation.fence <= this.fence)
      return this.#refused(operation, `fence ${operation.fence} is not above ${this.fence}`)
    if (operation.observedFence !== undefined && operation.observedFence !== this.fence)
      return this.#refused(operation, `token ${this.fence} came in between, after ${operation.observedFence}`)
    if (this.deadMan.isFiring(operation.component)) return this.#refused(operation, 'it is just going back by itself')
    this.onAccepted(operation, this.fence)
    this.deadMan.began(operation)
    const result = await this.#run(operation, durationMs)
    if (result !== undefined) this.deadMan.ended(operation)
    return result
  }

  /** Nobody has confirmed it in time. */
  async #goBack(fallback: Operation, from: Operation): Promise<'over' | 'again'> {
    if (this.isBusy) return 'again'
    const result = await this.#run({ ...fallback, fence: this.fence + 1 }, 2_000)
    if (result === undefined) return 'again'
    const record = this.records.get(from.component)
    if (record !== undefined && result.outcome === 'succeeded') record.reverted = from.generation
    return 'over'
  }

  async #run(operation: Operation, durationMs: number): Promise<OperationResult | undefined> {
    const startedAtMs = this.#clock.nowMs()
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
      delete record.reverted
      this.kept.add(operation)
    }
    held.state = 'done'
    held.result = result
    // As a real host does: who looked in the middle has seen neither state.
    this.fence = operation.fence + 1
    this.ledger.push({ atMs: this.#clock.nowMs(), operation, outcome: result.outcome })
    return result
  }

  /** Returns why it is not; undefined: it is confirmed. */
  confirm(component: string, generation: number, fence: number): string | undefined {
    const record = this.records.get(component)
    if (this.isBusy) return 'an operation is under way'
    if (this.deadMan.isFiring(component)) return 'it is just going back by itself'
    if (fence < this.fence) return `token ${fence} is below ${this.fence}`
    if (record?.generation !== generation) return `generation ${generation} is not the one that runs here`
    record.verified = { generation, revision: record.revision }
    this.deadMan.confirmed(component)
    if (this.#contentOf(component)?.includes('GUARD')) this.guards.add(component)
    else this.guards.delete(component)
    return undefined
  }

  /** False where nothing of this operation waits any more. A removal that waits for nobody is over: its record goes. */
  holdOff(component: string, operationId: string, forMs: number): boolean {
    const kind = this.operations.get(operationId)?.operation.kind
    const isHeld = this.deadMan.holdOff(component, operationId, forMs)
    const isGone = kind === 'remove' && this.records.get(component)?.owned.length === 0
    if (isHeld && forMs === 0 && isGone && !this.damaged.has(component)) this.records.delete(component)
    return isHeld
  }

  /** Writes a damaged record anew from what a real host still has, and what is remembered; undefined where it has changed. */
  mend(component: string, { generation, lastGood, rejected }: Remembered, fence: number) {
    const record = this.records.get(component)
    if (record === undefined || fence !== this.fence || this.isBusy) return undefined
    const newest = Math.max(generation, record.generation)
    const proven = lastGood === undefined ? undefined : this.kept.newest(component, lastGood)
    const verified =
      lastGood === undefined ? {} : { verified: { generation: proven ?? generation, revision: lastGood } }
    const { revision, owned } = record
    this.records.set(component, { generation: newest, revision, owned, rejected, keeper: this.#keeper, ...verified })
    this.damaged.delete(component)
    return { generation: newest, owned: owned.length }
  }

  /** An operation is under way. */
  get isBusy(): boolean {
    return [...this.operations.values()].some(({ state }) => state === 'running')
  }

  /** A probe of this component passed while this revision was on the host. */
  probed(component: string): void {
    const revision = this.records.get(component)?.revision
    if (revision !== undefined) this.proven.add(`${component} ${revision}`)
  }

  reboot(): void {
    this.boots += 1
    this.deadMan.restarted()
    for (const held of this.operations.values()) if (held.state === 'running') held.state = 'interrupted'
    this.units.restarted()
  }

  /** A file that nobody manages. */
  write(path: string, content: string): void {
    const changedAtMs = this.#clock.nowMs()
    this.files.set(path, { content, owner: 'root', group: 'root', mode: 0o644, changedAtMs })
  }

  /** A person stops a unit by hand. */
  stop(name: string): void {
    this.units.stop(name)
    this.#tell()
  }

  /** A process dies by itself. */
  die(name: string): void {
    this.units.fail(name)
    this.#tell()
  }

  /** A person edits a file by hand. */
  edit(path: string, change: Partial<SimFile>): void {
    const file = this.files.get(path)
    if (file !== undefined) this.files.set(path, { ...file, ...change, changedAtMs: this.#clock.nowMs() })
    this.#tell()
  }

  /** Where its own way back has failed, as with a damaged record, only somebody who goes there can let us in again. */
  openAtConsole(): void {
    const isWaiting = (name: string) => this.deadMan.of(name) !== undefined || this.deadMan.isFiring(name)
    for (const guard of this.guards)
      if (this.#contentOf(guard) === undefined && !isWaiting(guard)) this.guards.delete(guard)
    if (this.isBusy || [...this.records.keys()].some(isWaiting)) return
    for (const [path, { content }] of this.files)
      if (content.includes('BAD:firewall')) this.edit(path, { content: 'opened at the console' })
  }

  /** Something is gone that let people in. */
  get isLockedOut(): boolean {
    return [...this.guards].some((guard) => this.#contentOf(guard) === undefined)
  }

  #contentOf(component: string): string | undefined {
    return this.files.get(`/etc/${component}.conf`)?.content
  }

  /** What every file says, put together: some of it breaks the host itself. */
  says(text: string): boolean {
    return [...this.files.values()].some(({ content }) => content.includes(text))
  }

  /** Whether everything of a target is on the host, running what is on disk; of files whose content is undefined it is not asked. */
  matches(target: Target, contentOf: (content: string) => string | undefined = (content) => content): boolean {
    return target.resources.every((resource) => {
      if (resource.kind === 'file') {
        const content = contentOf(resource.content)
        return content === undefined || this.files.get(resource.path)?.content === content
      }
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
    const resources = this.kept.restored(operation)
    if (this.#validatorRefuses(operation) || this.damaged.has(operation.component)) return
    record.owned = [...new Set([...record.owned, ...resources.map(resourceId)])]
    const changed = new Set(operation.diff.changes.map((change) => change.resource))
    for (const resource of resources) if (changed.has(resourceId(resource))) this.#put(resource)
    for (const change of operation.diff.changes) if (change.action === 'remove') this.#remove(change.resource)
    const wanted = new Set(resources.map(resourceId))
    record.owned = record.owned.filter((id) => wanted.has(id))
    for (const resource of resources)
      if (resource.kind === 'unit' && changed.has(resourceId(resource))) this.units.run(resource, resources)
    record.revision = operation.target?.revision ?? ''
    record.rejected = record.rejected.filter((revision) => revision !== record.revision)
    const { generation, target, reject } = operation
    if (reject !== undefined && record.verified?.revision === reject && target !== undefined)
      record.verified = { generation, revision: target.revision }
    if (operation.reject !== undefined) record.rejected.push(operation.reject)
    if (operation.kind === 'remove' && operation.fallback === undefined) this.records.delete(operation.component)
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
    const step = failed && `start ${resourceId(failed)}`
    if (step !== undefined) return { ...base, outcome: 'failed', step, exitCode: 1, output: 'died', certain: true }
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

  /** The controller gets what is there now, not what will be. */
  #recordFact(name: string, record: SimRecord): ComponentRecord {
    const { rejected, owned, ...rest } = record
    const armed = this.deadMan.of(name)
    const now = { ...rest, rejected: [...rejected], owned: [...owned], kept: this.kept.of(name) }
    return armed === undefined ? now : { ...now, armed }
  }

  #fileFact(path: string): FileFact {
    const file = this.files.get(path)
    if (file === undefined) return { state: 'absent' }
    const { content, ...access } = file
    return { state: 'file', sha256: digestOf(content), sizeBytes: content.length, ...access }
  }
}

function contents(resources: Resource[]): string {
  return resources.map((resource) => (resource.kind === 'file' ? resource.content : '')).join('\n')
}
