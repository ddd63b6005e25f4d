// Target against observation: what differs, field by field. The only place that says whether a host is as it should be.
import type { Change, Diff } from '../model/diff.ts'
import type { FileFact, HostObservation } from '../model/observation.ts'
import type { Restore } from '../model/operation.ts'
import { type FileResource, type Resource, type ResourceId, resourceId } from '../model/resource.ts'
import { type Reveal, refersToSecret, revealNothing } from '../model/secret-reference.ts'
import type { Target } from '../model/target.ts'
import { sha256 } from './canonical.ts'
import { comparePostgres } from './diff-postgres.ts'
import { diffUnit } from './diff-unit.ts'

type Fields = Change['fields']

export interface DiffOptions {
  isKept?: boolean
  reveal?: Reveal
  /** What the host itself has of the target: what its secrets were, only that can tell. */
  kept?: Restore | undefined
}

/**
 * What has to change on the host. Without a target everything the component owns there is to go. What is owned and no
 * longer part of the target goes too. `isKept`: the target was there before and is only kept; a file that lost nothing but
 * its owner or mode since was read by the process that we started, which then needs no restart. `reveal` puts secrets in, to
 * be compared and forgotten; a file whose secrets cannot be had counts as having the right content, since nobody can tell.
 */
export function diffTarget(
  target: Target | undefined,
  seen: HostObservation,
  owned: ResourceId[],
  { isKept = false, reveal = revealNothing, kept }: DiffOptions = {},
): Diff {
  const resources = target?.resources ?? []
  const things = resources.flatMap((resource) => diffThing(resource, seen, { isKept, reveal, kept }))
  const changed = new Set(things.map((change) => change.resource))
  const rewritten = new Set(things.filter((it) => !isKept || !isAccessOnly(it)).map((change) => change.resource))
  const units = resources.flatMap((resource) =>
    resource.kind === 'unit' ? diffUnit(resource, seen, { changed, rewritten }) : [],
  )
  const wanted = new Set(resources.map(resourceId))
  const removals = owned.filter((id) => !wanted.has(id)).map(removal)
  // What is in a database comes after the units, one of which may be its server.
  const [inside, outside] = [things.filter(isInServer), things.filter((change) => !isInServer(change))]
  return { changes: [...removals, ...outside, ...units, ...inside] }
}

/** The diff with a restart of every unit that should run: for what is broken although nothing differs. */
export function withRestarts(diff: Diff, target: Target): Diff {
  const touched = new Set(diff.changes.map((change) => change.resource))
  const restarts = target.resources
    .filter((resource) => resource.kind === 'unit' && resource.running && !touched.has(resourceId(resource)))
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
}

function diffThing(resource: Resource, seen: HostObservation, around: Around): Change[] {
  const { exists, fields } = compareThing(resource, seen, around)
  if (fields.length === 0) return []
  return [{ resource: resourceId(resource), action: exists ? 'update' : 'create', fields }]
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

function compareDirectory(wanted: Extract<Resource, { kind: 'directory' }>, fact: FileFact | undefined) {
  if (fact?.state !== 'directory') {
    return { exists: false, fields: [{ field: 'state', from: stateOf(fact), to: 'directory' }] }
  }
  return { exists: true, fields: compareAccess(wanted, fact) }
}

function compareFile(wanted: FileResource, fact: FileFact | undefined, around: Around) {
  if (fact?.state !== 'file') {
    return { exists: false, fields: [{ field: 'state', from: stateOf(fact), to: 'file' }] }
  }
  const digest = digestOf(wanted, around)
  const isSame = digest === undefined || fact.sha256 === digest
  const fields: Fields = isSame ? [] : [contentField(wanted, fact, digest)]
  return { exists: true, fields: [...fields, ...compareAccess(wanted, fact)] }
}

/**
 * What not everybody may read is not described by its digest either: it is kept in the store, where guesses at a password in
 * it could be tried for ever.
 */
function contentField(wanted: FileResource, fact: { sha256: string; mode: number }, digest: string): Fields[number] {
  const isPublic = (wanted.mode & fact.mode & OTHERS_READ) !== 0 && !refersToSecret(wanted.content)
  if (!isPublic) return { field: 'content', from: 'something else', to: 'what is written' }
  return { field: 'content', from: short(fact.sha256), to: short(digest) }
}

const OTHERS_READ = 0o004

/** A target is compared on every pass, its contents hashed once. */
const digests = new WeakMap<FileResource, string>()

function digestOf(wanted: FileResource, { reveal, kept }: Around): string | undefined {
  if (refersToSecret(wanted.content)) {
    const digest = kept?.files[wanted.path]
    if (digest !== undefined) return digest
    const revealed = reveal(wanted.content)
    return 'text' in revealed ? sha256(revealed.text) : undefined
  }
  const known = digests.get(wanted) ?? sha256(wanted.content)
  digests.set(wanted, known)
  return known
}

type Access = { owner: string; group: string; mode: number }

function compareAccess(wanted: Access, fact: Access): Fields {
  const fields: Fields = []
  if (fact.owner !== wanted.owner) fields.push({ field: 'owner', from: fact.owner, to: wanted.owner })
  if (fact.group !== wanted.group) fields.push({ field: 'group', from: fact.group, to: wanted.group })
  if (fact.mode !== wanted.mode) fields.push({ field: 'mode', from: octal(fact.mode), to: octal(wanted.mode) })
  return fields
}

function stateOf(fact: FileFact | undefined): string {
  if (fact === undefined) return 'unknown'
  return fact.state === 'other' ? fact.what : fact.state
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function short(digest: string): string {
  return `sha256:${digest.slice(0, 12)}`
}
