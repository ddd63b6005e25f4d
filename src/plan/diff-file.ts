// A file or directory against what was seen of it. Contents appear as digests, and those of what not everybody may read do not appear.
import type { Change } from '../model/diff.ts'
import type { FileFact } from '../model/observation.ts'
import type { Restore } from '../model/operation.ts'
import type { DirectoryResource, FileResource } from '../model/resource.ts'
import { type Reveal, refersToSecret } from '../model/secret-reference.ts'
import { sha256 } from './canonical.ts'
import { type Ignoring, keptKeysOf } from './ignore.ts'
import { isSameBut } from './kept-keys.ts'

type Fields = Change['fields']
type Compared = { exists: boolean; fields: Fields }

interface Around {
  reveal: Reveal
  kept: Restore | undefined
  ignoring: Ignoring
}

export function compareDirectory(wanted: DirectoryResource, fact: FileFact | undefined): Compared {
  if (fact?.state !== 'directory') {
    return { exists: false, fields: [{ field: 'state', from: stateOf(fact), to: 'directory' }] }
  }
  return { exists: true, fields: compareAccess(wanted, fact) }
}

export function compareFile(wanted: FileResource, fact: FileFact | undefined, around: Around): Compared {
  if (fact?.state !== 'file') {
    return { exists: false, fields: [{ field: 'state', from: stateOf(fact), to: 'file' }] }
  }
  const digest = digestOf(wanted, around)
  if (digest === undefined || fact.sha256 === digest) return { exists: true, fields: compareAccess(wanted, fact) }
  const keyed = compareKeys(wanted, around)
  // What its keys are now nobody knows, and whatever is written would be instead of them.
  if (keyed === 'unknown') return { exists: true, fields: [] }
  const content = keyed === 'same' ? [] : [contentField(wanted, fact, digest)]
  return { exists: true, fields: [...content, ...compareAccess(wanted, fact)] }
}

/** Of a file with keys that are left: whether the rest is as it should be. What cannot be read is as good as replaced. */
function compareKeys(wanted: FileResource, around: Around): 'same' | 'other' | 'unknown' {
  const keys = keptKeysOf(wanted, around.ignoring.rules)
  const text = keys === undefined ? undefined : keyedText(wanted, around)
  if (keys === undefined || text === undefined) return 'other'
  const live = around.ignoring.live.get(wanted.path)
  if (live === undefined) return 'unknown'
  return isSameBut(text, live, keys) === true ? 'same' : 'other'
}

/** What is wanted of a file, of which some keys may be left; undefined for what comes whole from the host's own copy. */
export function keyedText(
  { path, content }: FileResource,
  { reveal, kept }: Pick<Around, 'reveal' | 'kept'>,
): string | undefined {
  if (!refersToSecret(content)) return content
  if (kept?.files[path] !== undefined) return undefined
  const revealed = reveal(content)
  return 'text' in revealed ? revealed.text : undefined
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

/** Of the content as it should be; undefined where a secret in it cannot be had. */
export function digestOf(wanted: FileResource, { reveal, kept }: Pick<Around, 'reveal' | 'kept'>): string | undefined {
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
