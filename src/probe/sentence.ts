// Text from hosts made safe to show: control characters escaped, lengths bounded. Every probe message goes through here.

/** Longest message of a probe, in characters. */
export const maxMessageLength = 500
const excerptLength = 120

/** One line: control, format and unprintable characters become escapes, so that no answer can forge lines or drive a terminal. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}

/** Cuts to `length` characters; a cut text ends in `…`, and no surrogate pair is split. */
export function bounded(text: string, length: number): string {
  if (text.length <= length) return text
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** A whole message: one line of at most 500 characters. */
export function sentence(text: string): string {
  return bounded(escapeControls(bounded(text, 4 * maxMessageLength)), maxMessageLength)
}

/** Evidence for a message: the beginning of an answer, in quotes, on one line, at most 120 characters. */
export function excerpt(answer: string | Buffer): string {
  // More than the excerpt can show is never looked at: answers may be megabytes.
  const start = (typeof answer === 'string' ? answer : answer.subarray(0, 4 * excerptLength).toString('utf8')).slice(
    0,
    4 * excerptLength,
  )
  return `"${bounded(escapeControls(start.trim().replace(/\s+/g, ' ')), excerptLength)}"`
}
