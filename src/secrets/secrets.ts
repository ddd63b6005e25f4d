// The secrets of a desired state by name: what they are called, whether they can be had, and, for the last step on the way to
// a host, what they are.
import type { Issue } from '../model/issue.ts'
import { encodeSecret, holdsCiphertext, type Reveal, replaceSecrets } from '../model/secret-reference.ts'
import type { FindSecret } from '../plan/seal.ts'
import { nearest } from '../spec/suggest.ts'
import { PUBLISHED_WAY_OUT } from './published-key.ts'
import type { SecretEntry, SecretsFile } from './read-file.ts'

export interface Secrets {
  /** For sealing what was rendered. */
  find: FindSecret
  /** Values for tokens: those of their digests, which may be older than what the secret is now. */
  reveal: Reveal
  /** All there are, in the order of files and lines. */
  entries: SecretEntry[]
  /** False where names alone were read. */
  isDecrypted: boolean
  /** Files that everybody can read: they are encrypted for the published key. */
  published: string[]
  /** What is wrong with the files themselves. */
  issues: Issue[]
  /** Whether another reading of the same files may go better: the identity may be there by then. */
  mayRecover: boolean
}

export interface SecretsOptions {
  digest(name: string, value: string): string
  /** Values of fewer characters than this cannot be kept out of logs, so they are not used. */
  minCharacters: number
  /** A value that the secret had before, by its digest; undefined where it is not known any more. */
  past?: (name: string, digest: string) => string | undefined
  /** Nothing was decrypted, and that is no problem: secrets are found by their names, and none is revealed. */
  namesOnly: boolean
}

export function secretsOf(files: SecretsFile[], options: SecretsOptions): Secrets {
  const entries = files.flatMap((file) => file.entries)
  const byName = Map.groupBy(entries, ({ name }) => name)
  const problemsOf = new Map(files.map((file) => [file.path, whyNot(file)]))
  const published = new Set(files.flatMap(({ path, isPublished }) => (isPublished ? [path] : [])))
  const look = (name: string): { entry: SecretEntry } | Problem => {
    const [entry, second] = byName.get(name) ?? []
    if (entry === undefined) return { problem: missing(name, files, byName.keys()) }
    if (second !== undefined)
      return { problem: `secret ${name} stands in ${where(entry)} and in ${where(second)}; expected one` }
    const broken = problemsOf.get(entry.file)
    if (broken !== undefined) return { problem: `secret ${name} of ${entry.file} cannot be had: ${broken}` }
    return entry.isEncrypted
      ? { entry }
      : about(entry, 'is not encrypted there; what is no secret belongs into the YAML')
  }
  const had = (name: string): { value: string } | Problem => {
    const found = look(name)
    return 'problem' in found ? found : usable(found.entry, options.minCharacters)
  }
  const valueThen = (name: string, digest: string | undefined): { value: string } | Problem => {
    const now = had(name)
    const isMeant = 'value' in now && (digest === undefined || options.digest(name, now.value) === digest)
    if (isMeant || digest === undefined) return now
    const value = options.past?.(name, digest)
    if (value !== undefined) return { value }
    return 'problem' in now
      ? now
      : { problem: `secret ${name} had another value then, which is not known any more`, isGone: true }
  }
  return {
    entries,
    isDecrypted: !options.namesOnly || entries.length === 0,
    published: [...published],
    issues: files.flatMap(issueOf),
    mayRecover: files.some(({ problem }) => ['identity', 'recipient', 'program'].includes(problem?.kind ?? '')),
    find: (name) => {
      const found = options.namesOnly ? look(name) : had(name)
      if ('problem' in found) return found
      const digest = options.digest(name, 'value' in found ? found.value : '')
      return { digest, ...(published.has(byName.get(name)?.[0]?.file ?? '') ? { isPublished: true } : {}) }
    },
    reveal: (text) => {
      let problem: Problem | undefined
      const revealed = replaceSecrets(text, ({ name, digest, encoding }) => {
        const found = valueThen(name, digest)
        if ('value' in found) return encodeSecret(found.value, encoding)
        problem ??= found
        return ''
      })
      return problem ?? { text: revealed }
    },
  }
}

interface Problem {
  problem: string
  isGone?: true
}

/** For who has no SOPS files. */
export const noSecrets: Secrets = secretsOf([], { digest: () => '', minCharacters: 0, namesOnly: false })

function where({ file, place }: SecretEntry): string {
  return `${file}:${place.line}`
}

function about(entry: SecretEntry, what: string): Problem {
  return { problem: `secret ${entry.name} (${where(entry)}) ${what}` }
}

function usable(entry: SecretEntry, minCharacters: number): { value: string } | Problem {
  const value = entry.value?.reveal()
  if (value === undefined) return about(entry, 'was not decrypted')
  if (value.length < minCharacters) {
    const what = `has ${value.length} characters, expected ${minCharacters} or more: it could not be kept out of logs`
    return about(entry, what)
  }
  return holdsCiphertext(value) ? about(entry, 'holds ciphertext (ENC[…) itself: it was encrypted twice') : { value }
}

function missing(name: string, files: SecretsFile[], known: Iterable<string>): string {
  const unread = files.filter(({ entries, problem }) => entries.length === 0 && problem !== undefined)
  const meant = nearest(name, known)
  if (files.length === 0)
    return `there is no secret ${name}: there is no SOPS file (secrets.sops.yaml) in the directory`
  if (meant !== undefined) return `there is no secret ${name}; did you mean ${meant}?`
  if (unread.length > 0)
    return `there is no secret ${name}, unless in ${unread.map(({ path }) => path).join(', ')}, which cannot be read`
  return `there is no secret ${name} in ${files.map(({ path }) => path).join(', ')}`
}

function issueOf(file: SecretsFile): Issue[] {
  if (file.problem === undefined) return []
  const { place = { line: 0, column: 0 } } = file.problem
  return [{ file: file.path, ...place, path: '', message: `no secret of this file can be used: ${whyNot(file)}` }]
}

/** Why a file cannot be decrypted; undefined where it can. */
function whyNot({ problem, isPublished }: SecretsFile): string | undefined {
  return isPublished === true && problem !== undefined && problem.kind !== 'tampered'
    ? `${problem.message}. ${PUBLISHED_WAY_OUT}`
    : problem?.message
}
