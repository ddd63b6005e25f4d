// What people ask for: answered at once, done by the pass that follows.
import type { Generation } from '../model/generation.ts'
import { type ComponentKey, isOf, splitKey } from '../model/key.ts'
import type { HostRow } from '../store/store.ts'
import { type Asked, whatIsDone } from './asking.ts'
import type { Desire } from './desire.ts'
import { chooseGeneration, chooseRejected, irreversibleBetween } from './rollback-asked.ts'
import type { Status, Statuses } from './statuses.ts'

/** What the next pass over a key is to take up. */
export type Ask =
  | { kind: 'look' }
  | { kind: 'rollBack'; generation: Generation }
  | { kind: 'unquarantine'; revision: string }

/** What is done about each key, or why nothing is. */
export interface Answer {
  asked: Asked[]
  problems: string[]
}

export interface Named {
  component: string
  host?: string
}

export interface AsksOptions {
  statuses: Statuses
  keys(): ComponentKey[]
  desire(): Desire
  hostRow(host: string): HostRow
  lookAtNow(keys: ComponentKey[]): void
}

export class Asks {
  readonly #options: AsksOptions
  readonly #waiting = new Map<ComponentKey, Ask>()

  constructor(options: AsksOptions) {
    this.#options = options
  }

  take(key: ComponentKey): Ask | undefined {
    const ask = this.#waiting.get(key)
    this.#waiting.delete(key)
    return ask
  }

  /** The pass over it failed: it is still to be done, unless something else is asked for by now. */
  putBack(key: ComponentKey, ask: Ask | undefined): void {
    if (ask !== undefined && !this.#waiting.has(key)) this.#waiting.set(key, ask)
  }

  /** A pass at once; what waits for its time or was given up is tried again. */
  reconcile(named: Named): Asked[] {
    const keys = this.#keys(named)
    for (const key of keys) this.putBack(key, { kind: 'look' })
    this.#options.lookAtNow(keys)
    return keys.map((key) => ({ key, does: whatIsDone(this.#options.statuses.get(key)) }))
  }

  /** Back to the generation `to`, or to the one that was proven last before what runs, until something else is written. */
  async rollBack(named: Named, to?: number): Promise<Answer> {
    const keys = this.#keys(named)
    if (to !== undefined && keys.length > 1)
      return { asked: [], problems: [`generations are counted on each host: name one, ${keys.join(' or ')}`] }
    return this.#each(keys, async (status) => {
      const { host } = splitKey(status.key)
      const { desire, hostRow } = this.#options
      const found = chooseGeneration(status, { wish: desire().wishes.get(status.key), row: hostRow(host) }, to)
      if ('problem' in found) return found
      const problem = await this.#obstacle(status, found.chosen)
      if (problem !== undefined) return { problem }
      const { number, revision } = found.chosen
      const does = `goes back to generation ${number} (${revision.slice(0, 8)}) now, and stays there until something else is written, or: homeostat rollback ${status.key} --resume`
      return { ask: { kind: 'rollBack', generation: found.chosen }, does }
    })
  }

  /** What was taken back may be tried again; what is written is tried at once. */
  unquarantine(named: Named, beginning?: string): Promise<Answer> {
    return this.#each(this.#keys(named), async (status) => {
      const found = chooseRejected(status, beginning)
      if ('problem' in found) return found
      const isWritten = found.revision === status.lifecycle.context.desired
      const does = isWritten
        ? 'is brought to what is written again now'
        : `may be brought to ${found.revision.slice(0, 8)} again`
      return { ask: { kind: 'unquarantine', revision: found.revision }, does }
    })
  }

  async #obstacle(status: Status, { number, revision }: Generation): Promise<string | undefined> {
    const { statuses } = this.#options
    const then = await statuses.target(revision)
    if (then === undefined) return `what generation ${number} of ${status.key} was is no longer in the store`
    const running = status.generations?.find((it) => it.number === status.generation)
    const crossed = irreversibleBetween(await statuses.target(running?.revision), then)
    return crossed === undefined ? undefined : `${status.key} does not go back to generation ${number}: ${crossed}`
  }

  async #each(
    keys: ComponentKey[],
    choose: (status: Status) => Promise<{ ask: Ask; does: string } | { problem: string }>,
  ): Promise<Answer> {
    const answer: Answer = { asked: [], problems: [] }
    for (const key of keys) {
      const said = await choose(this.#options.statuses.get(key))
      if ('problem' in said) answer.problems.push(said.problem)
      else {
        this.#waiting.set(key, said.ask)
        answer.asked.push({ key, does: said.does })
      }
    }
    this.#options.lookAtNow(answer.asked.map(({ key }) => key))
    return answer
  }

  #keys({ component, host }: Named): ComponentKey[] {
    return this.#options.keys().filter((key) => isOf(key, component, host))
  }
}
