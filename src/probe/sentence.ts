// Text from hosts made safe to show: control characters escaped, lengths bounded. Every probe message goes through here.
import { beginningOf, escapeControl } from '../model/escape-control.ts'

/** Longest message of a probe, in characters. */
export const maxMessageLength = 500
const excerptLength = 120

/** A whole message: one line of at most 500 characters. */
export function sentence(text: string): string {
  return beginningOf(escapeControl(beginningOf(text, 4 * maxMessageLength)), maxMessageLength)
}

/** Evidence for a message: the beginning of an answer, in quotes, on one line, at most 120 characters. */
export function excerpt(answer: string | Buffer): string {
  // More than the excerpt can show is never looked at: answers may be megabytes.
  const start = (typeof answer === 'string' ? answer : answer.subarray(0, 4 * excerptLength).toString('utf8')).slice(
    0,
    4 * excerptLength,
  )
  return `"${beginningOf(escapeControl(start.trim().replace(/\s+/g, ' ')), excerptLength)}"`
}
