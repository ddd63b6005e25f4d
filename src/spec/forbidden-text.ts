// Refuses what must not be in a text before it is parsed: too much of it, and characters that hide what is really written.
import { MAX_FILE_LENGTH } from './limits.ts'

export interface TextProblem {
  offset: number
  message: string
}

// C0 and C1 controls but tab and line ends, characters that reorder text (Unicode TR 9, CVE-2021-42574), a byte order mark
// that is not the first character, halves of surrogate pairs, and U+FFFD, which stands for bytes that were not UTF-8.
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]|(?<!^)\ufeff|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** The first thing that makes the text unfit to be parsed; undefined when it is fit. */
export function findForbidden(text: string): TextProblem | undefined {
  if (text.length > MAX_FILE_LENGTH)
    return { offset: 0, message: `the file has ${text.length} characters, expected at most ${MAX_FILE_LENGTH}` }
  const match = FORBIDDEN.exec(text)
  if (match === null) return undefined
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  return { offset: match.index, message: `the character U+${code} is not allowed here, expected visible text` }
}
