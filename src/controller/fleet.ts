// Everything that reaches hosts, as one tool: connections, observations, and what is remembered of each host.
import type { HostConnection } from '../../machines/host.ts'
import type { Driver } from '../driver/driver.ts'
import type { HostSpec } from '../model/host.ts'
import type { HostObservation } from '../model/observation.ts'
import type { Target } from '../model/target.ts'
import { sameValue } from '../plan/same-value.ts'
import type { Prober } from '../probe/prober.ts'
import type { HostRow, Store } from '../store/store.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
import type { Desire } from './desire.ts'
import { Observer, PARALLEL_OBSERVATIONS } from './observer.ts'
import type { Statuses } from './statuses.ts'
import { wantedOn } from './wanted.ts'
import { watchedOn } from './watched.ts'
import { Watches } from './watches.ts'

export interface FleetOptions {
  clock: Clock
  store: Store
  driver: Driver
  prober: Prober
  /** A new transport for a host; it connects when it is first used. */
  connect(host: HostSpec): Transport
  onObserved(host: string, seen: HostObservation, durationMs: number): void
  /** A host begins or ceases to answer, or does so for another reason. */
  onConnection(row: HostRow): void
  /** Nobody names the host any more. */
  onGone(host: string): void
  onProblem(error: Error, doing: string): void
}

/** What the fleet asks and tells the controller. */
export interface FleetController {
  wishes(): Desire
  statuses: Statuses
  /** Aborted as soon as the controller stops. */
  stopping: AbortSignal
  /** Targets on a host that may be asked for in a moment. */
  foreseen(host: string): Target[]
  /** A host begins or ceases to answer. */
  connected(): void
  /** A host told that something of these components may have changed, or of any. */
  changed(host: string, components: string[] | undefined): void
  /** For a while nobody would have told of a change of the host. */
  missed(host: string): void
}

export class Fleet {
  readonly observer: Observer
  readonly driver: Driver
  readonly prober: Prober
  readonly #options: FleetOptions
  readonly #controller: FleetController
  readonly #watches: Watches
  readonly #rows = new Map<string, HostRow>()
  readonly #transports = new Map<string, { spec: HostSpec; transport: Transport }>()
  readonly #lastSeen = new Map<string, HostObservation>()

  constructor(options: FleetOptions, controller: FleetController) {
    this.#options = options
    this.#controller = controller
    this.#watches = new Watches({
      clock: options.clock,
      driver: options.driver,
      transportFor: this.transportFor,
      watchedOn: (host) => watchedOn(host, controller.statuses),
      onChange: (host, components) => controller.changed(host, components),
      onGap: (host) => controller.missed(host),
      onProblem: options.onProblem,
    })
    this.driver = options.driver
    this.prober = options.prober
    this.observer = new Observer({
      clock: options.clock,
      driver: options.driver,
      transportFor: this.transportFor,
      wantedOn: (host) => {
        const { statuses } = controller
        return wantedOn(host, controller.wishes(), statuses, this.#lastSeen.get(host), controller.foreseen(host))
      },
      identityProblem: (host, seen) => this.#identityProblem(host, seen),
      onObserved: (host, seen, durationMs) => this.#observed(host, seen, durationMs),
      onConnection: (host, connection) => this.#connection(host, connection),
      stopping: controller.stopping,
    })
  }

  async load(): Promise<void> {
    for (const row of await this.#options.store.hosts()) this.#rows.set(row.name, row)
  }

  /** Begins to connect to hosts that will be looked at in a moment. */
  prepare(hosts: Record<string, HostSpec>): void {
    for (const host of Object.values(hosts).slice(0, PARALLEL_OBSERVATIONS)) this.transportFor(host).prepare?.()
  }

  hostRow = (host: string): HostRow =>
    this.#rows.get(host) ?? {
      name: host,
      machineId: '',
      bootId: '',
      fence: 0,
      reachable: false,
      message: '',
      sinceMs: 0,
    }

  /** A token that is about to be used; the caller writes it to the store together with the intent. */
  rememberFence = (host: string, fence: number): HostRow => {
    const row = { ...this.hostRow(host), fence }
    this.#rows.set(host, row)
    return row
  }

  /** The open connection of a host; a host described differently gets a new one. */
  transportFor = (host: HostSpec): Transport => {
    const known = this.#transports.get(host.name)
    if (known !== undefined && sameValue(known.spec, host)) return known.transport
    if (known !== undefined) this.#hangUp(host.name, known.transport)
    const transport = this.#options.connect(host)
    this.#transports.set(host.name, { spec: host, transport })
    return transport
  }

  /** Lets go of the hosts that are not among these: their connections are closed, an operation that runs there runs on. */
  keepOnly(hosts: Record<string, HostSpec>): void {
    for (const [name, { transport }] of this.#transports) {
      if (Object.hasOwn(hosts, name)) continue
      this.#watches.drop(name)
      this.#transports.delete(name)
      this.#lastSeen.delete(name)
      this.#hangUp(name, transport)
      this.#options.onGone(name)
    }
  }

  lastSeen(host: string): HostObservation | undefined {
    return this.#lastSeen.get(host)
  }

  async close(): Promise<void> {
    this.#watches.close()
    await Promise.allSettled([...this.#transports.values()].map(({ transport }) => transport.close()))
  }

  #hangUp(host: string, transport: Transport): void {
    transport.close().catch((error) => this.#options.onProblem(error, `closing the connection to ${host}`))
  }

  /** The machine id named in the Host document, or else the one seen first, must be the one that answers. */
  #identityProblem(host: HostSpec, seen: HostObservation): string | undefined {
    const expected = host.machineId ?? this.hostRow(host.name).machineId
    if (expected === '' || expected === seen.machineId) return undefined
    return (
      `the machine at ${host.address} is not ${host.name}: its machine id is ${seen.machineId}, expected ${expected}. ` +
      `Nothing is done there. If it was replaced on purpose, set spec.machineId of Host ${host.name} to the new one`
    )
  }

  #observed(host: string, seen: HostObservation, durationMs: number): void {
    this.#lastSeen.set(host, seen)
    const row = this.hostRow(host)
    const next = { ...row, machineId: seen.machineId, bootId: seen.bootId, fence: Math.max(row.fence, seen.fence) }
    if (!sameValue(row, next)) this.#save(next)
    this.#options.onObserved(host, seen, durationMs)
    const spec = this.#controller.wishes().hosts[host]
    if (spec === undefined) this.#watches.drop(host)
    else this.#watches.keep(spec)
  }

  #connection(host: string, connection: HostConnection): void {
    // What was under way when it left the desired state failed because we hung up.
    if (this.#controller.wishes().hosts[host] === undefined) return
    const { sinceMs, message } = connection.context
    const before = this.hostRow(host)
    const reachable = connection.value === 'reachable'
    // An earlier controller may know since when.
    const isSame = before.reachable === reachable && before.sinceMs > 0
    const row = { ...before, reachable, sinceMs: isSame ? before.sinceMs : sinceMs, message }
    this.#save(row)
    this.#options.onConnection(row)
    this.#controller.connected()
  }

  /** In memory at once, on disk soon: a host row that is lost is found again by the next observation. */
  #save(row: HostRow): void {
    this.#rows.set(row.name, row)
    this.#options.store
      .write({ hosts: [row] })
      .catch((error) => this.#options.onProblem(error, `remembering host ${row.name}`))
  }
}
