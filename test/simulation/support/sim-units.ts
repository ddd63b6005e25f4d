// The units of a simulated host: what they run is what their configuration says, and some of it breaks them.
import type { UnitFact } from '../../../src/model/observation.ts'
import { type Resource, resourceId, type UnitResource } from '../../../src/model/resource.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { loadedDigest } from '../../../src/plan/loaded-digest.ts'
import type { SimClock } from './sim-clock.ts'
import { digestOf } from './sim-digest.ts'

export const stopped: UnitFact = {
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

export class SimUnits extends Map<string, UnitFact> {
  /** Called whenever a unit has started. */
  onStart: (name: string) => void = () => undefined
  readonly #clock: SimClock
  readonly #contentOf: (path: string) => string

  constructor(clock: SimClock, contentOf: (path: string) => string) {
    super()
    this.#clock = clock
    this.#contentOf = contentOf
  }

  /** The host was restarted: what is enabled runs. */
  restarted(): void {
    for (const [name, unit] of this) if (unit.enabled === 'enabled') this.#start(name)
  }

  stop(name: string): void {
    const unit = this.get(name)
    if (unit === undefined) return
    this.set(name, { ...unit, active: 'inactive', sub: 'dead', stateChangedAtMs: this.#clock.nowMs() })
  }

  /** An operation brings the unit about, and notes what it has loaded. */
  run(unit: UnitResource, resources: Resource[]): void {
    const before = this.get(unit.name) ?? stopped
    this.set(unit.name, { ...before, load: 'loaded', enabled: unit.enabled ? 'enabled' : 'disabled' })
    if (!unit.running) return
    this.#start(unit.name)
    const started = this.get(unit.name)
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
    this.set(unit.name, { ...started, loaded: { invocationId, stateChangedAtMs, digest } })
  }

  /** The process dies; with an invocation given, only if it is still that one. */
  fail(name: string, invocationId?: string): void {
    const before = this.get(name)
    if (before === undefined || (invocationId !== undefined && before.invocationId !== invocationId)) return
    const stateChangedAtMs = this.#clock.nowMs()
    this.set(name, { ...before, active: 'failed', sub: 'failed', result: 'exit-code', stateChangedAtMs })
  }

  #start(name: string): void {
    const before = this.get(name) ?? stopped
    const stateChangedAtMs = this.#clock.nowMs()
    const invocationId = sha256(`${before.invocationId}+${stateChangedAtMs}`).slice(0, 12)
    const running = { active: 'active', sub: 'running', result: 'success', invocationId, stateChangedAtMs }
    this.set(name, { ...before, ...running })
    const content = this.#contentOf(`/etc/${name.replace('.service', '')}.conf`)
    if (content.includes('BAD:start')) this.fail(name)
    if (content.includes('BAD:dies')) this.#clock.setTimer(1_500, () => this.fail(name, invocationId))
    this.onStart(name)
  }
}
