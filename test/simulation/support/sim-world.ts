// The whole controller, real code, on simulated hosts: what can go wrong around it is drawn from a seed.
import { z } from 'zod'
import { defineType } from '../../../src/catalog/define-type.ts'
import { Controller } from '../../../src/controller/controller.ts'
import { Fleet } from '../../../src/controller/fleet.ts'
import type { Driver } from '../../../src/driver/driver.ts'
import type { DesiredState } from '../../../src/model/desired.ts'
import type { HostSpec } from '../../../src/model/host.ts'
import type { Policy } from '../../../src/model/policy.ts'
import type { Target } from '../../../src/model/target.ts'
import { canonicalJson, sha256 } from '../../../src/plan/canonical.ts'
import type { Prober } from '../../../src/probe/prober.ts'
import type { Source } from '../../../src/source/source.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { Store, Write } from '../../../src/store/store.ts'
import { type Transport, TransportError } from '../../../src/transport/transport.ts'
import { SimClock, seededRandom } from './sim-clock.ts'
import { SimHost } from './sim-host.ts'

export interface SimComponent {
  hosts: string[]
  /** What its file says; `BAD:validate`, `BAD:start` and `BAD:probe` in it break it in that way. */
  content: string
  enabled: boolean
  dependsOn: string[]
}

export interface FaultRates {
  /** The connection fails before a command was sent. */
  dropBefore: number
  /** The connection fails after an operation was sent. */
  dropAfter: number
  /** A write to the store fails. */
  storeError: number
}

/** A component type for the simulation: a package, a configuration file, a unit that must be restarted for it. */
export const simType = defineType({
  type: 'sim',
  summary: 'a simulated component',
  options: z.strictObject({ content: z.string() }),
  minHealthyMs: 10_000,
  render: ({ content }, { component }) => ({
    resources: [
      { kind: 'package', name: component },
      { kind: 'file', path: `/etc/${component}.conf`, content, owner: 'root', group: 'root', mode: 0o644 },
      {
        kind: 'unit',
        name: `${component}.service`,
        enabled: true,
        running: true,
        restartOn: [`file:/etc/${component}.conf`],
        reloadOn: [],
      },
    ],
    probes: [{ kind: 'systemd', name: 'active', unit: `${component}.service`, timeoutMs: 5_000 }],
  }),
})

const policy: Policy = {
  minHealthyMs: 10_000,
  verifyDeadlineMs: 120_000,
  maxAttempts: 2,
  drift: 'correct',
  autoRollback: true,
  dependsOn: [],
}

export class SimWorld {
  readonly clock: SimClock
  readonly random: () => number
  store: Store = createMemoryStore()
  readonly hosts = new Map<string, SimHost>()
  readonly components = new Map<string, SimComponent>()
  readonly unreachable = new Set<string>()
  rates: FaultRates = { dropBefore: 0, dropAfter: 0, storeError: 0 }
  /** Targets that were sent to any host, which keeps them. */
  readonly applied = new Map<string, Target>()
  /** Of the next controller that is started. */
  resyncMs = 60_000
  storeWrites = 0
  problems: string[] = []
  #controller: Controller | undefined
  #changed: () => void = () => undefined
  #life = 0

  constructor(seed: number, hostNames: string[]) {
    this.random = seededRandom(seed)
    this.clock = new SimClock(this.random)
    for (const name of hostNames) this.hosts.set(name, new SimHost(name, this.clock))
  }

  get controller(): Controller {
    if (this.#controller === undefined) throw new Error('the controller is not running')
    return this.#controller
  }

  host(name: string): SimHost {
    const host = this.hosts.get(name)
    if (host === undefined) throw new Error(`there is no simulated host ${name}`)
    return host
  }

  /** Starts a controller on the store as it is; one that runs already is killed first, wherever it stands. */
  async start(): Promise<void> {
    this.#life += 1
    const life = this.#life
    const alive = () => this.#life === life
    const store = this.#mortalStore(alive)
    const driver = this.#driver(alive)
    const report = {
      transition: () => undefined,
      forgotten: () => undefined,
      operation: () => undefined,
      drift: () => undefined,
      desired: () => undefined,
      queue: () => undefined,
      passed: (key: string, _: number, error?: Error) => {
        if (error !== undefined && error.name !== 'StoreError') this.problems.push(`${key}: ${error.stack}`)
      },
      problem: (error: Error, doing: string) => {
        if (error.name !== 'StoreError') this.problems.push(`${doing}: ${error.stack}`)
      },
    }
    const { clock } = this
    const onNothing = () => undefined
    const common = {
      clock: mortalClock(clock, alive),
      store,
      driver,
      prober: this.#prober(alive),
      connect: transportTo,
    }
    const controller = new Controller({
      ...common,
      source: this.#source(alive),
      catalog: { sim: simType },
      read: () => ({ desired: this.#desired(), lastGood: {} }),
      fleet: (of) =>
        new Fleet({ ...common, onObserved: onNothing, onConnection: onNothing, onProblem: report.problem }, of),
      report,
      resyncMs: this.resyncMs,
    })
    this.#controller = controller
    await controller.start().catch((error: Error) => {
      if (error.name !== 'StoreError') throw error
    })
  }

  /** The store is gone; the next controller begins with an empty one. */
  loseStore(): void {
    this.kill()
    this.store = createMemoryStore()
  }

  /** kill -9: whatever the controller was doing never comes back to it. */
  kill(): void {
    this.#life += 1
  }

  /** Commits a change of what is written. */
  commit(): void {
    this.#changed()
  }

  #desired(): DesiredState {
    const hosts = Object.fromEntries([...this.hosts.keys()].map((name) => [name, hostSpec(name)]))
    const components = [...this.components].map(([name, it]) => {
      const dependsOn = it.dependsOn.map((component) => ({ component, soft: false }))
      const common = {
        name,
        type: 'sim',
        labels: {},
        enabled: it.enabled,
        hosts: it.hosts,
        probes: [],
        file: 'sim.yaml',
        line: 1,
      }
      return [name, { ...common, options: { content: it.content }, policy: { ...policy, dependsOn } }] as const
    })
    return { hosts, components: Object.fromEntries(components), manifest: undefined, files: {}, issues: [], broken: [] }
  }

  #source(alive: () => boolean): Source {
    const current = async () => ({ files: {}, revision: sha256(canonicalJson([...this.components])), problems: [] })
    return {
      current,
      watch: (onChange) => {
        this.#changed = () => {
          if (alive()) void current().then(onChange)
        }
        return () => undefined
      },
      close: async () => undefined,
    }
  }

  #mortalStore(alive: () => boolean): Store {
    const { store } = this
    const dead = () => new Promise<never>(() => undefined)
    const write = async (change: Write) => {
      if (!alive()) return dead()
      if (this.random() < this.rates.storeError)
        throw Object.assign(new Error('disk full'), { name: 'StoreError', kind: 'io' })
      this.storeWrites += 1
      await store.write(change)
      return alive() ? undefined : dead()
    }
    return { ...store, write }
  }

  #driver(alive: () => boolean): Driver {
    const dead = () => new Promise<never>(() => undefined)
    const lost = (host: string, sent: boolean) =>
      new TransportError(sent ? 'lost' : 'unreachable', host, `${host} does not answer`, { sent })
    const reach = (host: string) => {
      if (this.unreachable.has(host) || this.random() < this.rates.dropBefore) throw lost(host, false)
    }
    return {
      observe: async (_, host, wanted, { nowMs }) => {
        await this.clock.sleep(20)
        if (!alive()) return dead()
        reach(host)
        return this.host(host).observe(wanted, nowMs)
      },
      operate: async (_, operation) => {
        if (!alive()) return dead()
        reach(operation.host)
        if (operation.target !== undefined) this.applied.set(operation.target.revision, operation.target)
        const running = this.host(operation.host).operate(operation, 2_000 + this.random() * 4_000)
        if (this.random() < this.rates.dropAfter) {
          await this.clock.sleep(1_000)
          throw lost(operation.host, true)
        }
        const result = await running
        return alive() ? result : dead()
      },
      confirm: async (_, component, generation) => {
        if (!alive()) return dead()
        const at = this.#hostOf(_)
        reach(at)
        this.host(at).confirm(component, generation)
      },
      recall: async (_, component) => {
        const record = this.host(this.#hostOf(_)).records.get(component)
        const target = record?.verified === undefined ? undefined : this.applied.get(record.verified.revision)
        return target === undefined ? [] : [{ generation: record?.verified?.generation ?? 0, target }]
      },
    }
  }

  #hostOf(transport: Transport): string {
    return (transport as Transport & { host: string }).host
  }

  #prober(alive: () => boolean): Prober {
    return async (probes, context) => {
      await this.clock.sleep(30)
      if (!alive()) return new Promise(() => undefined)
      const host = this.host(context.host)
      return probes.map((probe) => {
        const unit = probe.kind === 'systemd' ? probe.unit : ''
        const content = host.files.get(`/etc/${unit.replace('.service', '')}.conf`)?.content ?? ''
        const isUp = host.units.get(unit)?.active === 'active'
        const passed = isUp && !content.includes('BAD:probe')
        if (passed) host.probed(unit.replace('.service', ''))
        return {
          name: probe.name,
          passed,
          certain: !isUp,
          message: isUp ? 'active' : 'not active',
        }
      })
    }
  }
}

function mortalClock(clock: SimClock, alive: () => boolean) {
  return {
    nowMs: () => clock.nowMs(),
    random: () => clock.random(),
    setTimer: (ms: number, callback: () => void) => clock.setTimer(ms, () => alive() && callback()),
  }
}

function hostSpec(name: string): HostSpec {
  const ssh = { user: 'root', port: 22, hostKeys: [], sudo: false }
  return { name, address: '127.0.0.1', platform: 'debian', connection: 'ssh', ssh, labels: {} }
}

function transportTo(host: HostSpec): Transport {
  const unused = () => Promise.reject(new Error('the simulated driver does not use the transport'))
  return {
    host: host.name,
    run: unused,
    script: unused,
    connect: unused,
    fresh: unused,
    close: async () => undefined,
  } as Transport & { host: string }
}
