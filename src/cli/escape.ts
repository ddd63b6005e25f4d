// Makes text that came from a host harmless for a terminal: nothing it says can move the cursor or hide what is printed.

// C0 and C1 controls, DEL, line and paragraph separators, and the characters that reorder text (Unicode TR 9, TR 36).
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
/** Most text is, and needs no second look. */
export const printableAscii = /^[\x20-\x7e]*$/
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

/** The text with every such character written out, `\e[31m` for instance; those in `keep` stay. */
export function escapeControl(text: string, { keep = '' }: { keep?: string } = {}): string {
  if (printableAscii.test(text)) return text
  return text.replace(unsafe, (character) => {
    if (keep.includes(character)) return character
    return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** The same for JSON and YAML text, where the escapes mean the very same characters again. Line breaks stay. */
export function escapeSerialized(text: string): string {
  return text.replace(unsafe, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
