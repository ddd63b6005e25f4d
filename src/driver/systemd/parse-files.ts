// The files of an observation: facts of find, digests and reasons → one fact for every path asked for. Pure.
import type { FileFact } from '../../model/observation.ts'
import { sha256 } from '../../plan/canonical.ts'
import { AnswerError, recordsOf } from './frames.ts'
import { isDigest } from './names.ts'
import { LARGEST_HASHED } from './observe-script.ts'
import { printableLine } from './printable.ts'

/** What find says of one file, as `see_files` of scripts/observe.sh asks for it. */
const FACTS =
  /^(?<kind>[a-zA-Z?]) (?<mode>[0-7]+) (?<owner>[^ ]+) (?<group>[^ ]+) (?<size>[0-9]+) (?<changed>[0-9]+\.[0-9]{3}[0-9]*) (?<inode>[0-9]+) (?<path>\/.*)$/su
/** `%y` of find, man 1 find. */
const KINDS = new Map([
  ['p', 'a named pipe'],
  ['c', 'a character device'],
  ['b', 'a block device'],
  ['l', 'a symbolic link'],
  ['s', 'a socket'],
])

interface Facts {
  kind: string
  mode: number
  owner: string
  group: string
  sizeBytes: number
  /** Of its last change, also of its owner and mode, as find writes it: seconds since the epoch, to the nanosecond. */
  changed: string
  inode: string
}

/** What was said of files, by path. */
export interface SaidOfFiles {
  facts: Map<string, Facts>
  digests: Map<string, string>
}

export function parseSaidOfFiles(section: string): SaidOfFiles {
  const said: SaidOfFiles = { facts: new Map(), digests: new Map() }
  for (const record of recordsOf(section, 'file facts')) {
    const [digest, path] = [record.slice(0, 64), record.slice(66)]
    if (isDigest(digest) && path.startsWith('/')) said.digests.set(path, digest)
    else said.facts.set(...factsRecord(record))
  }
  return said
}

function factsRecord(record: string): [string, Facts] {
  const match = FACTS.exec(record)?.groups
  if (match === undefined) throw new AnswerError(`odd file facts ${printableLine(record)}`)
  const { kind = '', mode = '', owner = '', group = '', size = '', changed = '', inode = '', path = '' } = match
  return [path, { kind, mode: Number.parseInt(mode, 8), owner, group, sizeBytes: Number(size), changed, inode }]
}

/** Facts by path, exactly for `paths`. Throws `AnswerError` where one is missing or odd. */
export function parseFiles(
  paths: string[],
  said: SaidOfFiles,
  reasons: { missing: string; gone: string },
): Record<string, FileFact> {
  const missing = new Map(recordsOf(reasons.missing, 'missing files').map(missingRecord))
  const gone = new Map(recordsOf(reasons.gone, 'files that are gone').map(missingRecord))
  return Object.fromEntries(
    paths.map((path) => {
      const facts = said.facts.get(path)
      const fact = facts === undefined ? (gone.get(path) ?? missing.get(path)) : fileFact(facts, said.digests.get(path))
      if (fact === undefined) throw new AnswerError(`nothing was said of ${printableLine(path)}`)
      return [path, fact]
    }),
  )
}

function missingRecord(record: string): [string, FileFact] {
  const tab = record.indexOf('\t')
  if (tab <= 0) throw new AnswerError(`odd reason ${printableLine(record)}`)
  const reason = record.slice(0, tab)
  const fact: FileFact =
    reason === 'absent' ? { state: 'absent' } : { state: 'other', what: `cannot be looked at: ${reason.slice(0, 200)}` }
  return [record.slice(tab + 1), fact]
}

function fileFact({ kind, mode, owner, group, sizeBytes, changed }: Facts, sha256: string | undefined): FileFact {
  const access = { owner, group, mode }
  if (kind === 'd') return { state: 'directory', ...access }
  if (kind !== 'f') return { state: 'other', what: KINDS.get(kind) ?? `of an unknown kind (${kind})` }
  if (sha256 === undefined) return { state: 'other', what: whyNoDigest(sizeBytes) }
  return { state: 'file', sha256, sizeBytes, ...access, changedAtMs: milliseconds(changed) }
}

function whyNoDigest(sizeBytes: number): string {
  return sizeBytes > LARGEST_HASHED
    ? `a file of ${sizeBytes} bytes, too large to be compared`
    : 'a file that could not be read'
}

function milliseconds(time: string): number {
  const point = time.indexOf('.')
  return Number(time.slice(0, point)) * 1000 + Number(time.slice(point + 1, point + 4))
}

/** The host's time, in milliseconds since the epoch. Throws `AnswerError` where it was not told. */
export function hostTimeOf({ facts }: SaidOfFiles): number {
  const self = facts.get('/proc/self/./stat')
  if (self === undefined) throw new AnswerError('the host did not tell its time')
  return milliseconds(self.changed)
}

/** Files that change are not told apart by times that the kernel counts in steps of some milliseconds. */
const SETTLED_MS = 2_000

/** Told for the stamp, and not for themselves. */
const STAMPED = /^\/(?:var\/lib\/dpkg|var\/lib\/apt|etc\/apt)\/.*\.\//

/**
 * What changes whenever dpkg writes about any package, or apt would tell something else of where one comes from. dpkg replaces `status`,
 * and makes files in `updates` until then (dpkg, lib/dpkg/dbmodify.c); apt reads its lists and what is in /etc/apt. Undefined while a
 * later write could look the same, and where dpkg keeps nothing.
 */
export function packagesStamp(said: SaidOfFiles): string | undefined {
  const status = said.facts.get('/var/lib/dpkg/./status')
  const updates = said.facts.get('/var/lib/dpkg/./updates')
  if (status?.kind !== 'f' || updates?.kind !== 'd') return undefined
  const stamped = [...said.facts].filter(([path]) => STAMPED.test(path))
  const changedAtMs = Math.max(...stamped.map(([, { changed }]) => milliseconds(changed)))
  if (!(hostTimeOf(said) - changedAtMs >= SETTLED_MS)) return undefined
  return sha256(
    stamped.map(([path, { inode, sizeBytes, changed }]) => `${path} ${inode} ${sizeBytes} ${changed}`).join('\n'),
  )
}
