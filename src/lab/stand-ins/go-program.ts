// How programs in Go read their command line, their durations and their YAML, and how they refuse them.
import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'

/** It ends with this message and exit code. */
export class Refusal extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Runs a stand-in's `main`; a refusal is its last words, as `log.Fatal` has it. */
export function runMain(main: () => void | Promise<void>): void {
  Promise.resolve()
    .then(main)
    .catch((error: unknown) => {
      process.stderr.write(`${(error as Error).message}\n`)
      process.exit(error instanceof Refusal ? error.exitCode : 1)
    })
}

/** Flags by name, with one or two dashes, `=value` or the next word; `known` says which take a value. Other words are left over. */
export function readFlags(argv: string[], known: Record<string, 'value' | 'switch'>) {
  const flags: Record<string, string> = {}
  const words: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    const [, name = '', given] = /^--?([a-z][A-Za-z0-9.-]*)(?:=(.*))?$/s.exec(word) ?? []
    if (name === '') words.push(word)
    else if (!Object.hasOwn(known, name)) throw new Refusal(`flag provided but not defined: -${name}`, 2)
    else if (known[name] === 'switch') flags[name] = given ?? 'true'
    else flags[name] = given ?? argv[++index] ?? ''
  }
  return { flags, words }
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 31536e6 }

/** Milliseconds of `168h`, `1h30m`, `7d`; `days` says whether the reader knows more than Go itself, as Prometheus' does. */
export function readDuration(text: unknown, days = true): number {
  const parts = [...String(text).matchAll(/([0-9.]+)(ms|[smhdwy])/g)]
  const isWhole = parts.map(([whole]) => whole).join('') === String(text) && parts.length > 0
  if (!isWhole || (!days && parts.some(([, , unit = '']) => 'dwy'.includes(unit))))
    throw new Refusal(`not a valid duration string: ${JSON.stringify(text)}`)
  return parts.reduce((sum, [, amount = '0', unit = '']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0)
}

/** What may stand in a YAML file: nested keys; `any` is not looked into, a list holds its element. */
export type Shape = 'any' | [Shape] | { [key: string]: Shape }

/** The file as data; a key that the shape does not have is refused as Go's strict decoder does. */
export function readYaml(path: string, shape: Shape, type: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(`failed parsing config: ${(error as Error).message}`)
  }
  const document = parseDocument(text, { version: '1.1' })
  const [problem] = document.errors
  if (problem !== undefined) throw new Refusal(`failed parsing config: ${path}: yaml: ${problem.message}`)
  const data: unknown = document.toJS()
  const unknownKey = findUnknown(data, shape)
  if (unknownKey !== undefined)
    throw new Refusal(
      `failed parsing config: ${path}: yaml: unmarshal errors: field ${unknownKey} not found in type ${type}`,
    )
  return (data ?? {}) as Record<string, unknown>
}

function findUnknown(value: unknown, shape: Shape): string | undefined {
  if (shape === 'any' || value === null || typeof value !== 'object') return undefined
  if (Array.isArray(shape))
    return (Array.isArray(value) ? value : []).map((it) => findUnknown(it, shape[0])).find(Boolean)
  for (const [key, inner] of Object.entries(value)) {
    const within = shape[key]
    if (within === undefined) return key
    const found = findUnknown(inner, within)
    if (found !== undefined) return found
  }
  return undefined
}
