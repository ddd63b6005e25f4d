// What Loki keeps: lines by stream, on disk, until their time is over; and the part of LogQL that dashboards and probes ask in.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Stream } from './push-format.ts'

interface Line {
  labels: Record<string, string>
  at: bigint
  line: string
}

const RECENT = 200_000

export class LogStore {
  readonly #file: string
  readonly #retentionMs: number
  #lines: Line[] = []
  #streams = new Set<string>()

  constructor(directory: string, retentionMs: number) {
    mkdirSync(directory, { recursive: true })
    this.#file = `${directory}/lines.jsonl`
    this.#retentionMs = retentionMs
    this.#lines = this.#read()
    this.#streams = new Set(this.#lines.map(streamOf))
    this.forget()
  }

  /** A line that is there already, under the same labels and of the same moment, is no second one. */
  add(streams: Stream[]): void {
    const known = new Set(this.#lines.slice(-10_000).map(identity))
    const fresh = streams
      .flatMap(({ labels, entries }) => entries.map(([at, line]): Line => ({ labels, at, line })))
      .filter((line) => known.size !== known.add(identity(line)).size)
    this.#lines.push(...fresh)
    for (const line of fresh) this.#streams.add(streamOf(line))
    if (fresh.length > 0) appendFileSync(this.#file, fresh.map(toText).join(''))
  }

  /** Deletes what is past its retention. */
  forget(): void {
    const oldest = BigInt(Date.now() - this.#retentionMs) * 1_000_000n
    const kept = this.#lines.filter(({ at }) => at >= oldest).slice(-RECENT)
    if (kept.length === this.#lines.length) return
    this.#lines = kept
    this.#streams = new Set(kept.map(streamOf))
    writeFileSync(this.#file, kept.map(toText).join(''))
  }

  /** How many sets of labels its lines have. */
  get streamCount(): number {
    return this.#streams.size
  }

  labelValues(name: string): string[] {
    return [...new Set(this.#lines.flatMap(({ labels }) => labels[name] ?? []))].sort()
  }

  labelNames(): string[] {
    return [...new Set(this.#lines.flatMap(({ labels }) => Object.keys(labels)))].sort()
  }

  /** Lines of a query such as `{job="a", unit=~"b.*"} |= "text"`, the newest first. Throws for what it does not understand. */
  select(query: string, { start, end, limit }: { start: bigint; end: bigint; limit: number }): Line[] {
    const { matches, contains } = readQuery(query)
    return this.#lines
      .filter(({ at, labels, line }) => at >= start && at <= end && matches(labels) && contains(line))
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, limit)
  }

  #read(): Line[] {
    try {
      const lines = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean)
      return lines.map((text) => JSON.parse(text)).map(({ at, ...rest }) => ({ ...rest, at: BigInt(at) }))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
}

function streamOf({ labels }: Line): string {
  return JSON.stringify(Object.entries(labels).sort())
}

function identity({ labels, at, line }: Line): string {
  return JSON.stringify([Object.entries(labels).sort(), `${at}`, line])
}

function toText({ at, ...rest }: Line): string {
  return `${JSON.stringify({ ...rest, at: `${at}` })}\n`
}

const FILTER = /^\s*(\|=|!=|\|~|!~)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)/

function readQuery(query: string) {
  const [selector, inner] = /^\s*\{(.*?)\}/s.exec(query) ?? []
  if (selector === undefined || inner === undefined)
    throw new Error('parse error : syntax error: unexpected IDENTIFIER')
  const matchers = [...inner.matchAll(/([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")/g)]
  let rest = query.slice(selector.length)
  const filters: ((line: string) => boolean)[] = []
  for (let found = FILTER.exec(rest); found !== null; found = FILTER.exec(rest)) {
    filters.push(test(found[1] ?? '', unquote(found[2] ?? ''), false))
    rest = rest.slice(found[0].length)
  }
  if (rest.trim() !== '') throw new Error(`parse error : syntax error: unexpected ${rest.trim().slice(0, 20)}`)
  const labelTests = matchers.map(([, name = '', how = '', value = '""']) => {
    const fits = test(how, unquote(value), true)
    return (labels: Record<string, string>) => fits(labels[name] ?? '')
  })
  return {
    matches: (labels: Record<string, string>) => labelTests.every((fits) => fits(labels)),
    contains: (line: string) => filters.every((fits) => fits(line)),
  }
}

function test(how: string, value: string, isWhole: boolean): (text: string) => boolean {
  if (how === '=') return (text) => text === value
  if (how === '|=') return (text) => text.includes(value)
  if (how === '!=') return isWhole ? (text) => text !== value : (text) => !text.includes(value)
  const pattern = new RegExp(isWhole ? `^(?:${value})$` : value)
  return how === '=~' || how === '|~' ? (text) => pattern.test(text) : (text) => !pattern.test(text)
}

function unquote(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1) : (JSON.parse(text) as string)
}
