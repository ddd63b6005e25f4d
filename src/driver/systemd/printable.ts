// Text from a host made harmless: what it says can neither steer a terminal nor fill a log.
import { endOf, escapeControl } from '../../model/escape-control.ts'

/** One text of at most `limit` characters, its end where it is longer; controls are written out, line breaks and tabs stay. */
export function printable(text: string, limit: number): string {
  // More than can be shown is never looked at: answers may be megabytes.
  return endOf(escapeControl(endOf(text, limit), { keep: '\n\t' }), limit)
}

/** The same in one line, for messages. */
export function printableLine(text: string, limit = 200): string {
  return JSON.stringify(printable(text, limit))
}
