// What the rules about what others may change come to on a host: for people.
import type { Change, Diff } from '../model/diff.ts'
import type { IgnoreRule } from '../model/policy.ts'
import { resourceId } from '../model/resource.ts'
import type { Ignored } from '../model/status.ts'
import type { Target } from '../model/target.ts'
import { isByHand } from './contest.ts'
import { type Ignoring, isMeant, keptKeysOf } from './ignore.ts'

/** `all` is the difference without any rule, `told` the one with them. */
export function ignoredIn(
  target: Target,
  { rules, live }: Ignoring,
  { all, told }: { all: Diff; told: Diff },
): Ignored[] {
  return rules.map((rule) => {
    const meant = target.resources.filter((resource) => isMeant(rule, resource))
    const differs = meant.flatMap((resource) => {
      const [full, rest] = [all, told].map(({ changes }) => changes.find((it) => it.resource === resourceId(resource)))
      const names = fieldsOf(full).filter((name) => !fieldsOf(rest).includes(name))
      const isKeyed = resource.kind === 'file' && keptKeysOf(resource, rules) !== undefined
      if (isKeyed && names.includes('content') && !live.has(resource.path)) return [`${resource.path}: ${UNREADABLE}`]
      return names.map((name) => `${resourceId(resource)} ${name}`)
    })
    return { what: nameOf(rule), reason: rule.reason, resources: meant.length, differs: differs.slice(0, SHOWN) }
  })
}

const SHOWN = 5
const UNREADABLE = 'no text of at most 64 KiB, so nobody can tell its keys: left whole'

function fieldsOf(change: Change | undefined): string[] {
  return (change?.fields ?? []).filter(isByHand).map(({ field }) => field)
}

/** `path /etc/x.json: server.port, plugins`. */
export function nameOf({ kind, name, keys = [] }: IgnoreRule): string {
  const listed = keys.map((key) => key.join('.')).join(', ')
  return `${kind} ${name}${listed === '' ? '' : `: ${listed}`}`.slice(0, 500)
}
