// Target against observation: what differs, field by field. The only place that says whether a host is as it should be.
import type { Change, Diff } from '../model/diff.ts'
import type { HostObservation } from '../model/observation.ts'
import type { Restore } from '../model/operation.ts'
import type { IgnoreRule } from '../model/policy.ts'
import { type Resource, type ResourceId, resourceId } from '../model/resource.ts'
import { type Reveal, revealNothing } from '../model/secret-reference.ts'
import type { Target } from '../model/target.ts'
import { compareDirectory, compareFile } from './diff-file.ts'
import { comparePostgres } from './diff-postgres.ts'
import { diffUnit } from './diff-unit.ts'
import { IGNORING_NOTHING, type Ignoring, isLeft, loosened } from './ignore.ts'

type Fields = Change['fields']

export interface DiffOptions {
  isKept?: boolean
  reveal?: Reveal
  /** What the host itself has of the target: what its secrets were, only that can tell. */
  kept?: Restore | undefined
  ignoring?: Ignoring
}

/**
 * What has to change on the host. Without a target everything the component owns there is to go. What is owned and no
 * longer part of the target goes too. `isKept`: the target was there before and is only kept; a file that lost nothing but
 * its owner or mode since was read by the process that we started, which then needs no restart. `reveal` puts secrets in, to
 * be compared and forgotten; a file whose secrets cannot be had counts as having the right content, since nobody can tell.
 * What is ignored is only brought about where it is not there; what goes, goes.
 */
export function diffTarget(
  target: Target | undefined,
  seen: HostObservation,
  owned: ResourceId[],
  { isKept = false, reveal = revealNothing, kept, ignoring = IGNORING_NOTHING }: DiffOptions = {},
): Diff {
  const resources = target?.resources ?? []
  const { rules } = ignoring
  const things = resources.flatMap((resource) => diffThing(resource, seen, { isKept, reveal, kept, ignoring }))
  const wanted = new Set(resources.map(resourceId))
  const removals = owned.filter((id) => !wanted.has(id)).map(removal)
  // A process may have read what goes, too.
  const touched = [...removals, ...things]
  const changed = new Set(touched.map((change) => change.resource))
  const rewritten = new Set(touched.filter((it) => !isKept || !isAccessOnly(it)).map((change) => change.resource))
  const loose = target === undefined || rules.length === 0 ? NO_RESOURCES : loosened(target, rules)
  const units = resources.flatMap((resource) =>
    resource.kind === 'unit'
      ? diffUnit(resource, seen, { changed, rewritten, loose, isLeft: isLeft(resource, rules) })
      : [],
  )
  // What is in a database comes after the units, one of which may be its server.
  const [inside, outside] = [things.filter(isInServer), things.filter((change) => !isInServer(change))]
  return { changes: [...removals, ...outside, ...units, ...inside] }
}

const NO_RESOURCES: ReadonlySet<ResourceId> = new Set()

/** The diff with a restart of every unit that should run, and is not ignored: for what is broken although nothing differs. */
export function withRestarts(diff: Diff, target: Target, rules: readonly IgnoreRule[] = []): Diff {
  const touched = new Set(diff.changes.map((change) => change.resource))
  const restarts = target.resources
    .filter((resource) => resource.kind === 'unit' && resource.running && !touched.has(resourceId(resource)))
    .filter((unit) => !isLeft(unit, rules))
    .map(
      (unit): Change => ({
        resource: resourceId(unit),
        action: 'restart',
        fields: [{ field: 'health', from: 'failing', to: 'restarted' }],
      }),
    )
  return { changes: [...diff.changes, ...restarts] }
}

/** The diff without units that only differ by having failed by themselves. */
export function withoutFailedUnits(diff: Diff): Diff {
  return { changes: diff.changes.filter((change) => !hasFailed(change)) }
}

/** Only the units that `withoutFailedUnits` leaves out. */
export function failedUnitsOnly(diff: Diff): Diff {
  return { changes: diff.changes.filter(hasFailed) }
}

function hasFailed({ resource, fields }: Change): boolean {
  return resource.startsWith('unit:') && fields.every(({ field, from }) => field === 'active' && from === 'failed')
}

/** The file's content is as it should be; who may read it is not. */
export function isAccessOnly({ resource, fields }: Change): boolean {
  return resource.startsWith('file:') && fields.every(({ field }) => ACCESS.has(field))
}

const ACCESS = new Set(['owner', 'group', 'mode'])

function isInServer({ resource }: Change): boolean {
  return resource.startsWith('postgres-')
}

function removal(resource: ResourceId): Change {
  const kind = resource.slice(0, resource.indexOf(':'))
  return {
    resource,
    action: 'remove',
    fields: [{ field: 'ownership', from: 'ours', to: REMOVED[kind] ?? 'as it was before' }],
  }
}

/** Data is never dropped, nor the role that it belongs to. */
const REMOVED: Record<string, string> = {
  'postgres-role': 'left, without login where it had none before',
  'postgres-database': 'left as it is',
}

interface Around {
  isKept: boolean
  reveal: Reveal
  kept: Restore | undefined
  ignoring: Ignoring
}

function diffThing(resource: Resource, seen: HostObservation, around: Around): Change[] {
  const { exists, fields } = compareThing(resource, seen, around)
  if (fields.length === 0 || (isLeft(resource, around.ignoring.rules) && isThere(resource, seen))) return []
  return [{ resource: resourceId(resource), action: exists ? 'update' : 'create', fields }]
}

/** In whatever form: a link where a file should be is somebody's, too. */
function isThere(resource: Resource, seen: HostObservation): boolean {
  if (resource.kind === 'file' || resource.kind === 'directory')
    return (seen.files[resource.path]?.state ?? 'absent') !== 'absent'
  if (resource.kind !== 'package') return true
  const { installed, broken } = seen.packages[resource.name] ?? {}
  return installed === true || broken !== undefined
}

function compareThing(resource: Resource, seen: HostObservation, around: Around): { exists: boolean; fields: Fields } {
  switch (resource.kind) {
    case 'package':
      return comparePackage(resource, seen, around)
    case 'user':
      return compareUser(resource, seen)
    case 'directory':
      return compareDirectory(resource, seen.files[resource.path])
    case 'file':
      return compareFile(resource, seen.files[resource.path], around)
    case 'unit':
      return { exists: true, fields: [] }
    case 'postgres-role':
    case 'postgres-database':
      return comparePostgres(resource, seen.postgres, around)
  }
}

/** Of what was there before, its repository was asked for when it came; where nobody offers it any more, nobody can tell. */
function comparePackage(
  wanted: Extract<Resource, { kind: 'package' }>,
  seen: HostObservation,
  { isKept, kept }: Around,
) {
  const fact = seen.packages[wanted.name]
  const exists = fact?.installed === true
  const state = fact?.broken ?? (exists ? 'installed' : 'absent')
  const fields: Fields = state === 'installed' ? [] : [{ field: 'state', from: state, to: 'installed' }]
  if (exists && wanted.version !== undefined && fact.version !== wanted.version) {
    fields.push({ field: 'version', from: fact.version, to: wanted.version })
  }
  // Where the repository is gone, or something is gone back to, nobody can tell any more where an older version came from.
  const isGone = wanted.origin !== undefined && fact?.offeredBy?.includes(wanted.origin) === false
  const isUnknown = fact?.origins?.length === 0 && (isKept ? isGone : kept !== undefined)
  if (exists && !isUnknown && wanted.origin !== undefined && fact.origins?.includes(wanted.origin) === false) {
    fields.push({ field: 'origin', from: fact.origins.join(', ') || 'unknown', to: wanted.origin })
  }
  return { exists, fields }
}

function compareUser(wanted: Extract<Resource, { kind: 'user' }>, seen: HostObservation) {
  const fact = seen.users[wanted.name]
  if (fact?.exists !== true) return { exists: false, fields: [{ field: 'state', from: 'absent', to: 'present' }] }
  const fields: Fields = fact.home === wanted.home ? [] : [{ field: 'home', from: fact.home, to: wanted.home }]
  // Some packages make their user without a group of its own; ours is written for that group's eyes.
  const missing = [wanted.name, ...wanted.groups].filter((group) => !fact.groups.includes(group))
  if (missing.length > 0) fields.push({ field: 'groups', from: fact.groups.join(','), to: `with ${missing.join(',')}` })
  return { exists: true, fields }
}
