// Who goes first where several could: the one that the longest line of others waits for.
import type { ComponentSpec } from '../model/desired.ts'

type Waiting = Pick<ComponentSpec, 'name'> & { policy: Pick<ComponentSpec['policy'], 'dependsOn'> }

/** The components, those first behind which most others wait one after the other; else in the order given. A circle counts once. */
export function byUrgency<Spec extends Waiting>(components: readonly Spec[]): Spec[] {
  const dependents = new Map<string, string[]>()
  for (const { name, policy } of components)
    for (const { component } of policy.dependsOn)
      dependents.set(component, [...(dependents.get(component) ?? []), name])
  const known = new Map<string, number>()
  const length = (name: string): number => {
    const before = known.get(name)
    if (before !== undefined) return before
    known.set(name, 0)
    const longest = Math.max(0, ...(dependents.get(name) ?? []).map((other) => 1 + length(other)))
    known.set(name, longest)
    return longest
  }
  return [...components].sort((a, b) => length(b.name) - length(a.name))
}
