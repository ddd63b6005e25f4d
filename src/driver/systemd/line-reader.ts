// Bytes as they arrive → whole lines. A line beyond the bound is dropped: nobody reads what no script of ours writes.

const LONGEST_LINE = 64 * 1024

export class LineReader {
  readonly #onLine: (line: string) => void
  #rest = ''
  #isTooLong = false
  readonly #decoder = new TextDecoder()

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  add(chunk: Buffer): void {
    const parts = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = parts.pop() ?? ''
    for (const line of parts) {
      if (!this.#isTooLong && line.length <= LONGEST_LINE) this.#onLine(line)
      this.#isTooLong = false
    }
    if (this.#rest.length <= LONGEST_LINE) return
    this.#rest = ''
    this.#isTooLong = true
  }
}
