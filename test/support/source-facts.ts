// What the tidiness rules need to know of a source file, from a real parser: the one that vitest's bundler brings along.
import { parseSync } from 'rolldown/utils'

export interface SourceFacts {
  lineCount: number
  opensWithComment: boolean
  /** Static, dynamic, re-exporting, and type-only alike. */
  imports: { specifier: string; names: string[]; line: number }[]
  functions: { name: string; line: number; lineCount: number }[]
  /** Names used as values that nothing but the environment gives a meaning to, and `async`. */
  effects: { name: string; line: number }[]
}

interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

/** The clock, randomness, timers, the process, the network, the console, and the ways to all of them. */
const effectNames = new Set([
  ...['Date', 'performance', 'Temporal', 'crypto', 'process', 'console', 'globalThis', 'global', 'require', 'fetch'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'WebSocket', 'EventSource', 'Worker'],
])

/** Throws when the text is not TypeScript. */
export function sourceFacts(path: string, text: string): SourceFacts {
  const parsed = parseSync(path, text, { lang: 'ts' })
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`)
  const lineAt = lineCounter(text)
  const facts: SourceFacts = {
    lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    opensWithComment: /^(#!.*\n)?(\/\/|\/\*)/.test(text),
    imports: [],
    functions: [],
    effects: [],
  }
  visit(parsed.program as unknown as Node, undefined, (node, parent) => {
    const line = lineAt(node.start)
    const specifier = importedFrom(node)
    if (specifier !== undefined) facts.imports.push({ specifier, names: importedNames(node), line })
    const effect = effectOf(node)
    if (effect !== undefined) facts.effects.push({ name: effect, line })
    if (isFunction(node) && !isSuite(parent)) {
      facts.functions.push({ name: functionName(node, parent), line, lineCount: lineAt(node.end) - line + 1 })
    }
  })
  return facts
}

function visit(node: Node, parent: Node | undefined, see: (node: Node, parent: Node | undefined) => void): void {
  see(node, parent)
  for (const [field, child] of Object.entries(node)) {
    if (isOnlyAName(node, field)) continue
    for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) visit(item, node, see)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** `name` in `value.name` and `{ name: value }` is a word, not a use of what `name` stands for; types are none either. */
function isOnlyAName(node: Node, field: string): boolean {
  if (field === 'typeAnnotation' || field === 'typeArguments' || field === 'returnType' || field === 'typeParameters')
    return true
  if (node.type === 'MemberExpression') return field === 'property' && node.computed !== true
  if (['Property', 'MethodDefinition', 'PropertyDefinition'].includes(node.type))
    return field === 'key' && node.computed !== true
  return ['TSTypeAliasDeclaration', 'TSInterfaceDeclaration', 'ImportSpecifier', 'ExportSpecifier'].includes(node.type)
}

function importedFrom(node: Node): string | undefined {
  const isImport = ['ImportDeclaration', 'ImportExpression', 'ExportAllDeclaration', 'ExportNamedDeclaration']
  const source = node.source as { value?: unknown } | null | undefined
  return isImport.includes(node.type) && typeof source?.value === 'string' ? source.value : undefined
}

function importedNames(node: Node): string[] {
  const specifiers = (node.specifiers ?? []) as { imported?: { name?: string } }[]
  return specifiers.map((specifier) => specifier.imported?.name ?? '*')
}

function effectOf(node: Node): string | undefined {
  if (node.type === 'Identifier' && effectNames.has(String(node.name))) return String(node.name)
  if (node.type === 'AwaitExpression' || (isFunction(node) && node.async === true)) return 'async'
  const callee = node.type === 'MemberExpression' ? (node.object as Node & { name?: string }) : undefined
  const property = (node.property as { name?: string } | undefined)?.name
  return callee?.name === 'Math' && property === 'random' ? 'Math.random' : undefined
}

function isFunction(node: Node): boolean {
  return ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type)
}

/** The body of a `describe` holds tests, it does nothing itself. */
function isSuite(parent: Node | undefined): boolean {
  let callee = parent?.type === 'CallExpression' ? (parent.callee as Node | undefined) : undefined
  while (callee !== undefined && callee.type !== 'Identifier')
    callee = (callee.callee ?? callee.object) as Node | undefined
  return callee?.name === 'describe'
}

function functionName(node: Node, parent: Node | undefined): string {
  const named = (node.id ?? parent?.id ?? parent?.key) as { name?: string } | undefined
  return named?.name ?? 'a function without a name'
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)]
  return (offset) => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}
