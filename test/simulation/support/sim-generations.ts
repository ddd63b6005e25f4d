// What a simulated host keeps of its generations.
import type { Recalled } from '../../../src/driver/driver.ts'
import type { KeptGeneration } from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import type { Target } from '../../../src/model/target.ts'
import { digestOf } from './sim-digest.ts'

interface Kept {
  component: string
  generation: number
  revision: string
  contents: Map<string, string>
}

export class SimGenerations {
  /** Oldest first. */
  readonly #kept: Kept[] = []
  /** Contents whose copies are spoilt. */
  readonly spoilt = new Set<string>()

  add({ component, generation, target }: Operation, contentOf: (path: string) => string): void {
    if (target === undefined) return
    const files = target.resources.filter((resource) => resource.kind === 'file')
    const contents = new Map(files.map(({ path }) => [path, contentOf(path)]))
    this.#kept.push({ component, generation, revision: target.revision, contents })
  }

  of(component: string): number[] {
    return this.#kept.filter((it) => it.component === component).map(({ generation }) => generation)
  }

  /** All there are, newest first. */
  recall(component: string, targets: ReadonlyMap<string, Target>): Recalled[] {
    const found = this.#kept.filter((it) => it.component === component).reverse()
    return found.flatMap(({ generation, revision }) => {
      const target = targets.get(revision)
      return target === undefined ? [] : [{ generation, target }]
    })
  }

  /** Of the newest generation of this revision, checked. */
  inspect(component: string, revision: string): KeptGeneration | undefined {
    const found = this.#kept.findLast((it) => it.component === component && it.revision === revision)
    if (found === undefined) return undefined
    const [good, bad] = [false, true].map((isBad) =>
      [...found.contents].filter(([, it]) => this.spoilt.has(it) === isBad),
    )
    const files = Object.fromEntries((good ?? []).map(([path, content]) => [path, digestOf(content)]))
    return { generation: found.generation, revision, files, damaged: (bad ?? []).map(([path]) => path) }
  }
}
