// Makes text that came from a host or a file harmless: nothing it says can move a cursor, forge or reorder a line, or hide.

/** Controls, format characters (bidirectional ones and zero widths), halves of pairs, what no font shows; line separators. */
const unsafe = /[\p{C}\p{Zl}\p{Zp}]/gu
/** Most text is, and needs no second look. */
export const printableAscii = /^[\x20-\x7e]*$/
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

/** The text with every such character written out, `\e[31m` for instance; those in `keep` stay. */
export function escapeControl(text: string, { keep = '' }: { keep?: string } = {}): string {
  if (printableAscii.test(text)) return text
  return text.replace(unsafe, (character) => {
    if (keep.includes(character)) return character
    return short[character] ?? codeUnits(character)
  })
}

/** The same for JSON and YAML text, where the escapes mean the very same characters again. Line breaks stay. */
export function escapeSerialized(text: string): string {
  if (printableAscii.test(text)) return text
  return text.replace(unsafe, (character) => (character === '\n' ? character : codeUnits(character)))
}

/** As JSON writes them: four digits for each, two of them beyond U+FFFF. */
function codeUnits(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')
}

/** At most `length` characters from the beginning; a cut text ends in `…`, and no surrogate pair is split. */
export function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** At most `length` characters from the end; a cut text begins with `…`, and no surrogate pair is split. */
export function endOf(text: string, length: number): string {
  if (text.length <= length) return text
  return `…${text.slice(text.length - length + 1).replace(/^[\udc00-\udfff]/, '')}`
}
