// Rules about what others may change that mean nothing of their component: a misspelt path is not found in any other way.
import type { ComponentSpec, DesiredState } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'
import { type ComponentKey, componentKey } from '../model/key.ts'
import type { IgnoreRule } from '../model/policy.ts'
import type { Target } from '../model/target.ts'
import { isMeant } from '../plan/ignore.ts'
import { nameOf } from '../plan/ignored.ts'
import { isReadable } from '../plan/kept-keys.ts'
import type { Wish } from './desire.ts'

/** One issue for each that matches nothing on any host, or files in which no keys can be found. Nothing is held back by it. */
export function unusedRules({ components }: DesiredState, wishes: ReadonlyMap<ComponentKey, Wish>): Issue[] {
  return Object.values(components).flatMap((spec) => {
    const rendered = spec.hosts.map((host) => wishes.get(componentKey(spec.name, host)))
    const targets = rendered.flatMap((wish) => (wish?.kind === 'deploy' ? [wish.target] : []))
    // Of what cannot be rendered now nobody knows what it consists of.
    if (targets.length === 0 || targets.length < rendered.length) return []
    return (spec.policy.ignore ?? []).flatMap((rule, at) => issueOf(spec, rule, at, targets))
  })
}

function issueOf({ name, file, line }: ComponentSpec, rule: IgnoreRule, at: number, targets: Target[]): Issue[] {
  const path = `spec.drift.ignore[${at}]`
  const meant = targets.flatMap(({ resources }) => resources.filter((resource) => isMeant(rule, resource)))
  if (meant.length === 0)
    return [{ file, line, column: 1, path, message: `${nameOf(rule)} matches nothing that ${name} consists of` }]
  const odd = meant.find(
    (it) => it.kind === 'file' && rule.format !== undefined && !isReadable(it.content, rule.format),
  )
  if (odd?.kind !== 'file') return []
  const message = `${odd.path} as it is written is not ${rule.format}: its keys cannot be told apart, and all of it is put back`
  return [{ file, line, column: 1, path, message }]
}
