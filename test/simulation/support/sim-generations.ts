// What a simulated host keeps of its generations.
import type { Recalled } from '../../../src/driver/driver.ts'
import type { KeptGeneration } from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import type { Resource } from '../../../src/model/resource.ts'
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

  /** As a real host does: what was put there, whatever somebody has made of it since. */
  add(operation: Operation): void {
    const { component, generation, target } = operation
    if (target === undefined) return
    const files = this.restored(operation).filter((resource) => resource.kind === 'file')
    const contents = new Map(files.map(({ path, content }) => [path, content]))
    this.#kept.push({ component, generation, revision: target.revision, contents })
  }

  of(component: string): number[] {
    return this.#kept.filter((it) => it.component === component).map(({ generation }) => generation)
  }

  newest(component: string, revision: string): number | undefined {
    return this.#kept.findLast((it) => it.component === component && it.revision === revision)?.generation
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

  /** What is to be there after the operation: what was sent, and for the rest the host's own copies. */
  restored({ component, target, restore }: Operation): Resource[] {
    const resources = target?.resources ?? []
    if (restore === undefined) return resources
    const kept = this.#kept.findLast((it) => it.component === component && it.generation === restore.generation)
    return resources.map((resource) => {
      const copy =
        resource.kind === 'file' && restore.files[resource.path] ? kept?.contents.get(resource.path) : undefined
      return copy === undefined ? resource : ({ ...resource, content: copy } as Resource)
    })
  }
}
