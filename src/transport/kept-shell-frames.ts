// What is said to a shell that stays open, and how its answers are told apart. Each request is drawn a word of its own; it says again
// when the answer begins, and when it is over and how. Pure.
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { environment, started, startMark } from './framed-command.ts'
import type { Nonce } from './nonce.ts'

// A request is a line with its word, its text, and that line again behind a `#`. It is taken only whole. What runs is the text and
// then what was kept, parsed to its end first, in a shell of its own without input.
const loop = [
  environment,
  // By default: blank, tab, newline.
  `n=\${IFS#??}; k=`,
  'while IFS= read -r c; do s=; while IFS= read -r l && [ "$l" != "#$c" ]; do s=$s$l$n; done; [ "$l" = "#$c" ] || exit 97',
  `case $c in "keep "*) k=$s; continue;; esac; c=\${c#look }`,
  `(set -- "$1" "$c"; ${started}; eval "{ $s$k}") < /dev/null`,
  'set -- "$1" "$c" "$?"; printf "%s:%s %s\\n" "$@"; printf "%s:%s %s\\n" "$@" >&2; done; exit',
].join('; ')

/** The first input of such a shell: what it does from then on. */
export function openingOf(nonce: Nonce): string {
  return `: ${startMark(nonce)}; ${loop}\n`
}

/** Gives it the text that follows each request from now on. */
export function keptRequest(text: string, word: string): string {
  return framed(`keep ${word}`, text)
}

/** Runs the text and then what was kept. `nonce.left` is the shell's own. */
export function lookRequest(text: string, nonce: Nonce): string {
  return framed(`look ${nonce.right}`, text)
}

function framed(head: string, text: string): string {
  if (text.includes('\0')) throw new RangeError('a script cannot contain a NUL byte')
  return `${head}\n${text}\n#${head}\n`
}

/** For an end that tells no exit code: no shell of ours writes that. */
const NO_CODE = 255

/** One stream of one answer: gives on what comes before its end. */
export class MarkedStream {
  readonly out = new PassThrough()
  /** Resolves when all of it was taken. */
  readonly taken = once(this.out, 'end')
  exitCode = 0
  hasBegun = false
  readonly #mark: string
  #held: Buffer = Buffer.alloc(0)
  #isOver = false

  constructor({ left, right }: Nonce) {
    this.#mark = `${left}:${right} `
  }

  /** What comes after its end is nobody's. */
  add(chunk: Buffer): void {
    if (this.#isOver) return
    this.hasBegun = true
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const at = bytes.indexOf(this.#mark)
    const ownLength = at < 0 ? this.#beginningOfMark(bytes) : at
    if (ownLength > 0) this.out.write(bytes.subarray(0, ownLength))
    this.#held = bytes.subarray(ownLength)
    const said = at < 0 ? '' : bytes.toString('latin1', at + this.#mark.length, at + this.#mark.length + 4)
    // A code of at most three digits and the end of its line: less may still become one.
    if (said.length < 4 && !said.includes('\n')) return
    this.exitCode = /^\d{1,3}\n/.test(said) ? Number.parseInt(said, 10) : NO_CODE
    this.#isOver = true
    this.#held = Buffer.alloc(0)
    this.out.end()
  }

  /** Where the bytes end in what may become the mark; their length where they do not. */
  #beginningOfMark(bytes: Buffer): number {
    const first = Math.max(0, bytes.length - this.#mark.length + 1)
    const end = bytes.toString('latin1', first)
    for (let at = 0; at < end.length; at += 1) if (this.#mark.startsWith(end.slice(at))) return first + at
    return bytes.length
  }
}
