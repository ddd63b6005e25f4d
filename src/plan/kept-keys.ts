// A structured file of which some keys are somebody else's: whether the rest is as it should be, and what to write so that they keep
// what they have. What is compared is what the files say; comments and layout are not.
import { type Document, parseDocument } from 'yaml'
import type { FileFormat, KeyPath } from '../model/policy.ts'
import { linesBut, linesWith } from './keys-of-lines.ts'
import { valueAt, withKey, withoutKey } from './keys-of-values.ts'
import { sameValue } from './same-value.ts'

export interface KeptKeys {
  format: FileFormat
  keys: readonly KeyPath[]
}

/** Whether both say the same but for the keys; undefined where one of them cannot be read in this format. */
export function isSameBut(wanted: string, live: string, { format, keys }: KeptKeys): boolean | undefined {
  return unlessUnreadable(() => sameValue(restOf(wanted, format, keys), restOf(live, format, keys)))
}

/** `wanted` with what `live` says of the keys, where it says anything of them. Undefined where one of them cannot be read. */
export function withLiveKeys(wanted: string, live: string, { format, keys }: KeptKeys): string | undefined {
  return unlessUnreadable(() => {
    if (format === 'ini') return linesWith(wanted, live, keys)
    return format === 'json' ? jsonWith(wanted, live, keys) : yamlWith(wanted, live, keys)
  })
}

/** Whether the text can be read in this format at all. */
export function isReadable(text: string, format: FileFormat): boolean {
  return unlessUnreadable(() => restOf(text, format, [])) !== undefined
}

/** The parsers throw errors of their own for what is malformed, and any error for what is nested too deeply. */
function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function restOf(text: string, format: FileFormat, keys: readonly KeyPath[]): unknown {
  if (format === 'ini') return linesBut(text, keys)
  return keys.reduce(withoutKey, format === 'json' ? jsonValue(text) : yamlDocument(text).toJS())
}

function jsonWith(wanted: string, live: string, keys: readonly KeyPath[]): string {
  const [before, there] = [jsonValue(wanted), jsonValue(live)]
  const merged = withFound(before, there, keys, (value, key, next) => withKey(value, key, next))
  if (sameValue(merged, before)) return wanted
  const indent = /^\s*[[{]\r?\n([ \t]+)/.exec(wanted)?.[1]
  return `${JSON.stringify(merged, null, indent)}${wanted.endsWith('\n') ? '\n' : ''}`
}

function yamlWith(wanted: string, live: string, keys: readonly KeyPath[]): string {
  const document = yamlDocument(wanted)
  const before = document.toJS()
  const isNews = (key: KeyPath, next: unknown) => !sameValue(valueAt(before, key), { value: next })
  const changed = withFound(false, yamlDocument(live).toJS(), keys, (is, key, next) => {
    if (!isNews(key, next)) return is
    // A plain value goes into the node that is there, whose comment stays.
    document.setIn(key, typeof next === 'object' ? document.createNode(next) : next)
    return true
  })
  return changed ? document.toString({ lineWidth: 0 }) : wanted
}

function withFound<T>(
  from: T,
  live: unknown,
  keys: readonly KeyPath[],
  set: (to: T, key: KeyPath, next: unknown) => T,
): T {
  return keys.reduce((to, key) => {
    const found = valueAt(live, key)
    return found === undefined ? to : set(to, key, found.value)
  }, from)
}

/** One document without errors. Keys are not compared with one another: that takes the square of their number. */
function yamlDocument(text: string): Document {
  const document = parseDocument(text, { version: '1.2', uniqueKeys: false, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) throw error
  return document
}

interface RawJson {
  /** For whole numbers that are beyond what a number of JavaScript holds exactly. */
  rawJSON(text: string): unknown
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}

function jsonValue(text: string): unknown {
  const json = JSON as unknown as RawJson
  return json.parse(text, (_, value, { source = '' }) =>
    typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? json.rawJSON(source) : value,
  )
}
