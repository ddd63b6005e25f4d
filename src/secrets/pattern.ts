// Regular expressions that others wrote, on texts that others wrote: both untrusted, so the match has a time limit that really ends it.
import { createContext, Script } from 'node:vm'

export type Match = 'yes' | 'no' | 'too-hard' | 'malformed'

/** Longest text that is matched, in characters; what lies beyond is not looked at. */
export const maxMatchedLength = 4 * 1024 * 1024
const timeLimitMs = 200

// A pattern such as (a+)+$ backtracks for ever and would stop the whole controller. V8 checks for termination while it
// backtracks, and `vm` is the way to ask for that. One context for all matches: making one costs a millisecond.
const script = new Script('new RegExp(pattern, flags).test(text)')
let room: { pattern: string; flags: string; text: string } | undefined

/**
 * Nothing that is repeated, chosen, grouped or referred to: at each letter of a text such a pattern looks at no more letters than
 * it has itself.
 */
const plain = /^(?:[^\\*+?{(|[]|\\[^\w]|\\[dDsSwW])*$/
/** For a plain pattern times a text: some milliseconds. */
const easyProduct = 16 * 1024 * 1024

/** Whether a JavaScript pattern, multiline unless `flags` say otherwise, is found in the text; blocks for at most 200 ms. */
export function matches(pattern: string, text: string, flags = 'm'): Match {
  const looked = text.slice(0, maxMatchedLength)
  // A time limit takes a thread of its own, which on a busy machine is waited for much longer than such a match takes.
  const isEasy = pattern.length * looked.length <= easyProduct && plain.test(pattern)
  return isEasy ? freely(pattern, looked, flags) : withinTime(pattern, looked, flags)
}

function freely(pattern: string, text: string, flags: string): Match {
  try {
    return new RegExp(pattern, flags).test(text) ? 'yes' : 'no'
  } catch (error) {
    return failedMatch(error)
  }
}

function withinTime(pattern: string, text: string, flags: string): Match {
  room ??= createContext({ pattern: '', flags: '', text: '' }) as { pattern: string; flags: string; text: string }
  Object.assign(room, { pattern, flags, text })
  try {
    return script.runInContext(room, { timeout: timeLimitMs }) ? 'yes' : 'no'
  } catch (error) {
    return failedMatch(error)
  } finally {
    room.text = ''
  }
}

function failedMatch(error: unknown): Match {
  // Errors of another context are no `instanceof` ours.
  const { code, name } = error as { code?: string; name?: string }
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'too-hard'
  if (name === 'SyntaxError') return 'malformed'
  // V8's stack of places to go back to is full: "Maximum call stack size exceeded".
  if (name === 'RangeError') return 'too-hard'
  throw error
}
