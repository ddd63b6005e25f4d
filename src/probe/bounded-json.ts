// JSON from hosts, parsed in bounded time: V8 needs seconds for megabytes of brackets, and real answers are flat.

export type ParsedJson = { ok: true; value: unknown } | { ok: false; problem: string }

const maxDepth = 100
const quote = 0x22
const backslash = 0x5c

/** Parses UTF-8 JSON that is nested at most 100 deep; otherwise says what is wrong with it. */
export function parseBoundedJson(body: Buffer): ParsedJson {
  if (isTooDeep(body)) return { ok: false, problem: `is nested deeper than ${maxDepth} levels` }
  try {
    return { ok: true, value: JSON.parse(body.toString('utf8')) }
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, problem: 'is not JSON' }
    throw error
  }
}

// Brackets within strings do not count; in UTF-8 none of these bytes is ever part of another character.
function isTooDeep(body: Buffer): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === quote) inString = !inString
    else if (inString) at += byte === backslash ? 1 : 0
    else if (byte === 0x5b || byte === 0x7b) depth += 1
    else if (byte === 0x5d || byte === 0x7d) depth -= 1
    if (depth > maxDepth) return true
  }
  return false
}
