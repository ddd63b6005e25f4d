// What is said where a text does not match the pattern of a probe.
import { matches } from '../secrets/pattern.ts'

/** Why a text did not do, as the end of a sentence with the evidence; undefined where it matches. */
export function mismatch(
  pattern: string,
  what: string,
  text: string,
): { message: string; certain: boolean } | undefined {
  switch (matches(pattern, text)) {
    case 'yes':
      return undefined
    case 'no':
      return { message: `${what} does not match /${pattern}/`, certain: false }
    case 'too-hard':
      return {
        message: `the pattern /${pattern}/ needs too much time or memory on ${what} and was stopped`,
        // The limit is wall time: on a machine that is busy enough, a good pattern may exceed it once.
        certain: false,
      }
    case 'malformed':
      return { message: `/${pattern}/ is not a regular expression`, certain: true }
  }
}
