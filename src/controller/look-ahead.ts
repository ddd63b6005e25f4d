// Looks at hosts while what is written still settles. A look takes as long as the waiting: when a change of some components is
// there to be acted on, so is a fresh look at their hosts. Nothing is decided here.
import type { ComponentType } from '../catalog/define-type.ts'
import type { DesiredState } from '../model/desired.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Resource } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { sameValue } from '../plan/same-value.ts'
import type { FindSecret } from '../plan/seal.ts'
import type { Source } from '../source/source.ts'
import type { Clock } from './clock.ts'
import { type Desire, desire, type Wish } from './desire.ts'
import { hostChanged, isConcerned } from './desire-change.ts'
import type { DesiredReader } from './desired-reader.ts'
import type { Observer } from './observer.ts'

/** More hosts than are changed at once (DESIGN §7) are not looked at for one change: their turn comes later anyway. */
const MOST_HOSTS = 8
/** With more components than this, reading everything twice takes longer than one look. */
const MOST_COMPONENTS = 500
/** What was seen longer ago than it may take to settle is no fresh look. */
const OLDEST_MS = 2_000

export interface LookAheadOptions {
  clock: Clock
  source: Pick<Source, 'watch'>
  catalog: Record<string, ComponentType>
}

export class LookAhead {
  readonly #options: LookAheadOptions
  readonly #reader: Pick<DesiredReader, 'preview'>
  readonly #controller: { readonly desire: Desire }
  readonly #observer: () => Pick<Observer, 'observe' | 'expectChange'>
  #rendered: { state: DesiredState; find: FindSecret; desire: Desire } | undefined
  #foreseen = new Map<ComponentKey, Target>()
  #atMs = 0
  #stop: (() => void) | undefined

  /** `controller.desire` is what is asked for at present. */
  constructor(
    options: LookAheadOptions,
    reader: Pick<DesiredReader, 'preview'>,
    controller: { readonly desire: Desire },
    observer: () => Pick<Observer, 'observe' | 'expectChange'>,
  ) {
    this.#options = options
    this.#reader = reader
    this.#controller = controller
    this.#observer = observer
  }

  /** Looks ahead from now on; `onChange` is called when what is written has settled and is another. */
  watch(onChange: () => void): void {
    this.#stop = this.#options.source.watch(onChange, () => void this.begin())
  }

  close(): void {
    this.#stop?.()
  }

  /** Something is being written: looks at the hosts that seem to be concerned. Resolves when that has begun; never rejects. */
  async begin(): Promise<void> {
    if (this.#controller.desire.wishes.size > MOST_COMPONENTS) return
    const nowMs = this.#options.clock.nowMs()
    const next = await this.#preview().catch(() => undefined)
    const before = this.#controller.desire
    if (next === undefined) return
    const coming = [...next.wishes].flatMap(([key, wish]): [ComponentKey, Deploy][] =>
      wish.kind === 'deploy' && isComing(key, before, next) ? [[key, wish]] : [],
    )
    const hosts = new Set(coming.map(([key]) => splitKey(key).host))
    if (hosts.size > MOST_HOSTS) return
    this.#foreseen = new Map(coming.map(([key, { target }]) => [key, target]))
    this.#atMs = nowMs
    for (const name of hosts) {
      const host = before.hosts[name]
      if (host === undefined) continue
      const observer = this.#observer()
      // Who waits for the host is told what went wrong; here nobody does.
      observer.observe(host, nowMs).catch(() => undefined)
      observer.expectChange(host, checkedFirst(coming, before, name))
    }
  }

  async #preview(): Promise<Desire | undefined> {
    const read = await this.#reader.preview()
    return read === undefined ? undefined : this.desire(read.state, read.secrets.find)
  }

  /** See `desire`; what is taken in was mostly rendered a moment ago, while it was written. */
  desire(state: DesiredState, find: FindSecret): Desire {
    const known = this.#rendered
    if (known?.state === state && known.find === find) return known.desire
    this.#rendered = { state, find, desire: desire(state, this.#options.catalog, find) }
    return this.#rendered.desire
  }

  /** Targets whose things are to be looked at on a host beside those that are asked for. */
  targetsOn(host: string): Target[] {
    return this.#isOver() ? [] : [...this.#foreseen.values()].filter((target) => target.host === host)
  }

  /** From when on a look at the host of a changed key is fresh enough for what is asked now; undefined: from now on. */
  sinceMs(key: ComponentKey, now: Desire): number | undefined {
    const wish = now.wishes.get(key)
    const foreseen = this.#foreseen.get(key)
    if (this.#isOver() || wish?.kind !== 'deploy' || wish.target.revision !== foreseen?.revision) return undefined
    return this.#atMs
  }

  #isOver(): boolean {
    const ageMs = this.#options.clock.nowMs() - this.#atMs
    return ageMs < 0 || ageMs > OLDEST_MS
  }
}

type Deploy = Extract<Wish, { kind: 'deploy' }>

/** What is checked ahead on a host: the one component that is to have other files there, unless it is not to be touched now. */
function checkedFirst(coming: [ComponentKey, Deploy][], { wishes }: Desire, host: string): Target | undefined {
  const [only, ...others] = coming.filter(([key]) => splitKey(key).host === host)
  if (only === undefined || others.length > 0) return undefined
  const [key, { target, policy, external }] = only
  const before = wishes.get(key)
  if (policy.suspend !== undefined || policy.window !== undefined || external === true) return undefined
  return before?.kind === 'deploy' && !sameValue(filesOf(before.target), filesOf(target)) ? target : undefined
}

function filesOf({ resources }: Target): Resource[] {
  return resources.filter(({ kind }) => kind === 'file')
}

/** A host that is described differently is not looked at with the old description. */
function isComing(key: ComponentKey, before: Desire, next: Desire): boolean {
  return isConcerned(key, before, next) && !hostChanged(splitKey(key).host, before, next)
}
