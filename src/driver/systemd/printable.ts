// Text from a host made harmless: what it says can neither steer a terminal nor fill a log.

/** One text of at most `limit` characters; controls and invisible formatting are written out, line breaks and tabs stay. */
export function printable(text: string, limit: number): string {
  const escaped = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' || character === '\t' ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
  return escaped.length <= limit ? escaped : `…${escaped.slice(escaped.length - limit + 1)}`
}

/** The same in one line, for messages. */
export function printableLine(text: string, limit = 200): string {
  return JSON.stringify(printable(text, limit))
}
