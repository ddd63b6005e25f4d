// Keys within files of `key = value` lines, in sections or without. A key is called `section.key`; what it says is compared, not how
// it is laid out. Lines that go on (a backslash at the end, an indented line that is no entry) belong to the entry that they go on.
import type { KeyPath } from '../model/policy.ts'

interface Entry {
  section: string
  /** `section.key`; the whole line where it has no value. */
  name: string
  value: string
  lines: string[]
}

type Part = Entry | { section: string; lines: [string] }

const HEADING = /^\s*\[([^\]]*)\]\s*(?:[#;].*)?$/
const COMMENT = /^\s*(?:[#;]|$)/

/** What the text says, in its order, but for the keys. */
export function linesBut(text: string, keys: readonly KeyPath[]): [name: string, value: string][] {
  return parts(text).flatMap((part) =>
    isEntry(part) && !isMeant(part, keys) ? [[part.name, part.value] as [string, string]] : [],
  )
}

/** `wanted` with the lines of `live` for the keys, where it has any. */
export function linesWith(wanted: string, live: string, keys: readonly KeyPath[]): string {
  const there = parts(live)
    .filter((part) => isEntry(part))
    .filter((entry) => isMeant(entry, keys))
  const placed = new Set<string>()
  const kept = parts(wanted).flatMap((part): Part[] => {
    const same = isEntry(part) && isMeant(part, keys) ? there.filter(({ name }) => name === part.name) : []
    if (!isEntry(part) || same.length === 0) return [part]
    if (placed.has(part.name)) return []
    placed.add(part.name)
    return same
  })
  return textOf(there.filter(({ name }) => !placed.has(name)).reduce(added, kept))
}

/** At the end of its section, before the empty lines there; a section that is not there comes last. */
function added(all: Part[], entry: Entry): Part[] {
  const last = all.findLastIndex((part) => part.section === entry.section && part.lines.join('').trim() !== '')
  if (last >= 0) return [...all.slice(0, last + 1), entry, ...all.slice(last + 1)]
  const { section } = entry
  return section === '' ? [entry, ...all] : [...all, { section, lines: [`[${section}]`] }, entry]
}

function isMeant({ name }: Entry, keys: readonly KeyPath[]): boolean {
  return keys.map((key) => key.join('.')).some((key) => name === key || name.startsWith(`${key}.`))
}

function isEntry(part: Part): part is Entry {
  return 'name' in part
}

function parts(text: string): Part[] {
  const found: Part[] = []
  let section = ''
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const heading = HEADING.exec(line)?.[1]
    const last = found.at(-1)
    if (last !== undefined && isEntry(last) && goesOn(last, line)) {
      last.lines.push(line)
      last.value += `\n${line.trim()}`
    } else if (heading !== undefined) {
      section = heading.trim()
      found.push({ section, lines: [line] })
    } else found.push(COMMENT.test(line) ? { section, lines: [line] } : entryOf(section, line))
  }
  return found
}

function goesOn({ lines }: Entry, line: string): boolean {
  if (lines.at(-1)?.endsWith('\\')) return true
  return /^\s/.test(line) && !COMMENT.test(line) && !line.includes('=') && !HEADING.test(line)
}

function entryOf(section: string, line: string): Entry {
  const at = line.indexOf('=')
  const key = (at < 0 ? line : line.slice(0, at)).trim()
  const value = at < 0 ? '' : line.slice(at + 1).trim()
  return { section, name: section === '' ? key : `${section}.${key}`, value, lines: [line] }
}

function textOf(all: Part[]): string {
  return `${all.flatMap(({ lines }) => lines).join('\n')}\n`
}
