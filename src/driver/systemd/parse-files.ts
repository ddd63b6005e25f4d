// The files of an observation: facts of stat, digests and reasons → one fact for every path asked for. Pure.
import type { FileFact } from '../../model/observation.ts'
import { AnswerError, recordsOf } from './frames.ts'
import { isDigest } from './names.ts'
import { LARGEST_HASHED } from './observe-script.ts'
import { printableLine } from './printable.ts'

const STAT = /^([0-9a-f]{4}) ([^ ]+) ([0-9]+) ([^ ]+) ([0-9]+) ([0-9]+) ([0-9]+)\.([0-9]{6}) (\/.*)$/su
const KIND_BITS = 0o170000
const REGULAR = 0o100000
const DIRECTORY = 0o040000
/** The other kinds of man 7 inode. */
const KINDS = new Map([
  [0o010000, 'a named pipe'],
  [0o020000, 'a character device'],
  [0o060000, 'a block device'],
  [0o120000, 'a symbolic link'],
  [0o140000, 'a socket'],
])

/** Facts by path, exactly for `paths`. Throws `AnswerError` where one is missing or odd. */
export function parseFiles(
  paths: string[],
  sections: { stat: string; hash: string; missing: string; gone: string },
): Record<string, FileFact> {
  const digests = new Map(recordsOf(sections.hash, 'digests').map(digestRecord))
  const found = new Map(recordsOf(sections.stat, 'file facts').map((record) => statRecord(record, digests)))
  const missing = new Map(recordsOf(sections.missing, 'missing files').map(missingRecord))
  const gone = new Map(recordsOf(sections.gone, 'files that are gone').map(missingRecord))
  return Object.fromEntries(
    paths.map((path) => {
      const fact = found.get(path) ?? gone.get(path) ?? missing.get(path)
      if (fact === undefined) throw new AnswerError(`nothing was said of ${printableLine(path)}`)
      return [path, fact]
    }),
  )
}

function digestRecord(record: string): [string, string] {
  const [digest, path] = [record.slice(0, 64), record.slice(66)]
  if (!isDigest(digest) || !path.startsWith('/')) throw new AnswerError(`odd digest ${printableLine(record)}`)
  return [path, digest]
}

function missingRecord(record: string): [string, FileFact] {
  const tab = record.indexOf('\t')
  if (tab <= 0) throw new AnswerError(`odd reason ${printableLine(record)}`)
  const reason = record.slice(0, tab)
  const fact: FileFact =
    reason === 'absent' ? { state: 'absent' } : { state: 'other', what: `cannot be looked at: ${reason.slice(0, 200)}` }
  return [record.slice(tab + 1), fact]
}

function statRecord(record: string, digests: Map<string, string>): [string, FileFact] {
  const match = STAT.exec(record)
  if (match === null) throw new AnswerError(`odd file facts ${printableLine(record)}`)
  const [bits = '', user = '', userId = '', group = '', groupId = '', size = '', seconds = '', micros = '', path = ''] =
    match.slice(1)
  const kind = Number.parseInt(bits, 16) & KIND_BITS
  const access = {
    owner: user === 'UNKNOWN' ? userId : user,
    group: group === 'UNKNOWN' ? groupId : group,
    mode: Number.parseInt(bits, 16) & 0o7777,
  }
  if (kind === DIRECTORY) return [path, { state: 'directory', ...access }]
  if (kind !== REGULAR) return [path, { state: 'other', what: KINDS.get(kind) ?? `of an unknown kind (${bits})` }]
  const sizeBytes = Number(size)
  const sha256 = digests.get(path)
  if (sha256 === undefined) return [path, { state: 'other', what: whyNoDigest(sizeBytes) }]
  const changedAtMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  return [path, { state: 'file', sha256, sizeBytes, ...access, changedAtMs }]
}

function whyNoDigest(sizeBytes: number): string {
  return sizeBytes > LARGEST_HASHED
    ? `a file of ${sizeBytes} bytes, too large to be compared`
    : 'a file that could not be read'
}
