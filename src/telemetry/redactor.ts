// Knows the secret values of this process and takes them out of every text that leaves it. By value, because a secret shows
// up where no path leads to it: in an error message, a stack, a command's output.

/** Values shorter than this are not scrubbed: they would take half of every ordinary line with them. */
export const MIN_SECRET_CHARACTERS = 6
const MASK = '***'

export interface Redactor {
  /**
   * Remembers a secret for the life of the process. Of a value with several lines each line counts too. Returns false for
   * a value that is too short to be scrubbed: such a secret should be refused where it is read.
   */
  register(value: string): boolean
  /** The text with every known secret masked, in any of the forms it may have been given. Scrub before cutting a text short. */
  scrub(text: string): string
  /** The same for what was cut out of a longer text where `…` stands: what is left there of a secret is masked too. */
  scrubExcerpt(text: string): string
}

export function createRedactor(): Redactor {
  /** Length of the value by source of the pattern. */
  const patterns = new Map<string, number>()
  const forms = new Set<string>()
  const known = new Set<string>()
  let pattern: RegExp | undefined
  const whole = () => {
    pattern ??= patterns.size === 0 ? undefined : alternation(patterns)
    return pattern
  }
  return {
    register: (value) => {
      if (value.length < MIN_SECRET_CHARACTERS) return false
      if (known.has(value)) return true
      known.add(value)
      // Whoever puts a text on one line makes one space of many.
      const parts = [value, value.trim().replace(/\s+/g, ' '), ...value.split(/\r?\n/)]
      for (const part of parts.filter((it) => it.trim().length >= MIN_SECRET_CHARACTERS)) {
        for (const form of formsOf(part)) {
          forms.add(form)
          patterns.set(literally(form), part.length)
        }
        patterns.set(inUrl(part), part.length)
      }
      pattern = undefined
      return true
    },
    scrub: (text) => {
      const known = whole()
      return known === undefined ? text : text.replace(known, MASK)
    },
    scrubExcerpt: (text) => {
      const known = whole()
      if (known === undefined) return text
      const found = [...text.matchAll(known)].map(({ index, 0: { length } }): Range => [index, index + length])
      return masked(text, [...found, ...cutOff(text, forms)])
    },
  }
}

const CUT = '…'

type Range = [start: number, end: number]

/** What stands beside a cut and is the end or the beginning of a secret. */
function cutOff(text: string, forms: Set<string>): Range[] {
  const parts = text.split(CUT)
  let start = 0
  return parts.flatMap((part, at) => {
    const found = endsOf(part, forms, { head: at > 0, tail: at < parts.length - 1 })
    const ranges = found.map(([from, to]): Range => [start + from, start + to])
    start += part.length + CUT.length
    return ranges
  })
}

/** The longest pieces of a secret that the part begins or ends with, where it was cut. */
function endsOf(part: string, forms: Set<string>, { head, tail }: { head: boolean; tail: boolean }): Range[] {
  let [from, to] = [0, part.length]
  for (const form of forms) {
    if (head && tail && part.length >= MIN_SECRET_CHARACTERS && form.includes(part)) return [[0, part.length]]
    for (let length = Math.min(form.length - 1, part.length); length >= MIN_SECRET_CHARACTERS; length--) {
      if (tail && part.endsWith(form.slice(0, length))) to = Math.min(to, part.length - length)
      if (head && part.startsWith(form.slice(-length))) from = Math.max(from, length)
    }
  }
  return [
    [0, from],
    [to, part.length],
  ]
}

/** Ranges that meet are one: what one secret hides may be a part of another. */
function masked(text: string, ranges: Range[]): string {
  const hidden: Range[] = []
  for (const [start, end] of ranges.filter(([start, end]) => start < end).sort(([a], [b]) => a - b)) {
    const last = hidden.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else hidden.push([start, end])
  }
  const starts = [0, ...hidden.map(([, end]) => end)]
  return starts.map((start, at) => text.slice(start, hidden[at]?.[0])).join(MASK)
}

/** Longest value first, so that a secret inside another one does not leave the rest of the longer one standing. */
function alternation(patterns: Map<string, number>): RegExp {
  const longestFirst = [...patterns].sort(([, a], [, b]) => b - a)
  return new RegExp(longestFirst.map(([source]) => source).join('|'), 'g')
}

/** The forms that the value may have been given, but for those in a URL, of which there are too many. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value)
  const hex = bytes.toString('hex')
  const plain = [value, value.replaceAll("'", "'\\''"), ...base64Forms(bytes)]
  const inJson = plain.flatMap((form) => [form, inJsonText(form), inJsonText(inJsonText(form))])
  return [...inJson, hex, hex.toUpperCase()]
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Programs differ in what they percent-encode and in which case: each character may stand for itself or be encoded. */
function inUrl(value: string): string {
  const either = (character: string) => {
    const codes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
    const anyCase = codes.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
    return `(?:${literally(character)}|${anyCase}${character === ' ' ? '|\\+' : ''})`
  }
  return Array.from(value, (character) => (/\w/.test(character) ? character : either(character))).join('')
}

function inJsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/**
 * As itself and as it looks inside the base64 of a longer text (`user:password`), where its bytes can begin at any of three
 * offsets. Characters that also depend on the neighbours are left off both ends.
 */
function base64Forms(bytes: Buffer): string[] {
  const standard = [bytes.toString('base64'), ...[0, 1, 2].map((offset) => innerBase64(bytes, offset))]
  const long = standard.filter((form) => form.length >= MIN_SECRET_CHARACTERS)
  return [...long, ...long.map((form) => form.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''))]
}

function innerBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return text.slice(first, last)
}
