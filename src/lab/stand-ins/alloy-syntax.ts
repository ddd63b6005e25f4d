// Alloy's own language, as far as a pipeline for logs is written in it: blocks, attributes, literals and references.
// Format: grafana.com/docs/alloy/latest/get-started/configuration-syntax.
import { Refusal } from './go-program.ts'

export interface Reference {
  /** `loki.write.loki.receiver`. */
  reference: string
}

export type Value = string | number | boolean | null | Reference | Value[] | { [key: string]: Value }

export interface Block {
  /** `loki.write`. */
  name: string
  /** The word in quotes behind it; empty where there is none. */
  label: string
  line: number
  attributes: Record<string, Value>
  blocks: Block[]
}

interface Token {
  text: string
  line: number
}

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\n|[ \t\r]+|"(?:[^"\\\n]|\\.)*"|`[^`]*`|[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?|[{}[\](),=]|[\s\S]/g

/** The blocks of a file. Throws `Refusal` with the line of what cannot be read. */
export function readAlloy(text: string, path: string): Block[] {
  let line = 1
  const tokens: Token[] = []
  for (const [found] of text.matchAll(TOKEN)) {
    if (found.trim() !== '' && !found.startsWith('//') && !found.startsWith('/*')) tokens.push({ text: found, line })
    line += found.split('\n').length - 1
  }
  const reader = new Reader(tokens, path)
  const root: Block = { name: '', label: '', line: 0, attributes: {}, blocks: [] }
  reader.body(root)
  reader.end()
  return root.blocks
}

class Reader {
  #at = 0
  readonly #tokens: Token[]
  readonly #path: string
  constructor(tokens: Token[], path: string) {
    this.#tokens = tokens
    this.#path = path
  }

  body(into: Block): void {
    while (/^[A-Za-z_]/.test(this.#peek())) {
      const { text: name, line } = this.#next()
      if (this.#peek() === '=') {
        this.#next()
        into.attributes[name] = this.#value()
        continue
      }
      const label = this.#peek().startsWith('"') ? (JSON.parse(this.#next().text) as string) : ''
      const block: Block = { name, label, line, attributes: {}, blocks: [] }
      this.#expect('{')
      this.body(block)
      this.#expect('}')
      into.blocks.push(block)
    }
  }

  end(): void {
    if (this.#at < this.#tokens.length) this.#refuse(`unexpected ${this.#peek()}`)
  }

  #value(): Value {
    const { text } = this.#next()
    if (text === '[') return this.#list()
    if (text === '{') return this.#object()
    if (text.startsWith('"')) return JSON.parse(text) as string
    if (text.startsWith('`')) return text.slice(1, -1)
    if (/^-?\d/.test(text)) return Number(text)
    if (text === 'true' || text === 'false') return text === 'true'
    if (text === 'null') return null
    if (/^[A-Za-z_]/.test(text)) return { reference: text }
    this.#at -= 1
    return this.#refuse(`expected expression, got ${text}`)
  }

  #list(): Value[] {
    const values: Value[] = []
    while (this.#peek() !== ']') {
      values.push(this.#value())
      if (this.#peek() === ',') this.#next()
    }
    this.#next()
    return values
  }

  #object(): { [key: string]: Value } {
    const object: { [key: string]: Value } = {}
    while (this.#peek() !== '}') {
      const { text } = this.#next()
      this.#expect('=')
      object[text.startsWith('"') ? (JSON.parse(text) as string) : text] = this.#value()
      if (this.#peek() === ',') this.#next()
    }
    this.#next()
    return object
  }

  #peek(): string {
    return this.#tokens[this.#at]?.text ?? ''
  }

  #next(): Token {
    const token = this.#tokens[this.#at++]
    return token ?? this.#refuse('unexpected end of the file')
  }

  #expect(text: string): void {
    if (this.#peek() !== text) this.#refuse(`expected ${text}, got ${this.#peek() || 'the end of the file'}`)
    this.#at += 1
  }

  #refuse(message: string): never {
    const line = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]?.line ?? 1
    throw new Refusal(`Error: ${this.#path}:${line}: ${message}`)
  }
}
