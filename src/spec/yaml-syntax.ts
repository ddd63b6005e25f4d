// Text to YAML documents, refusing what desired state has no use for and attackers have: tags, anchors, aliases, directives,
// deep nesting. Everything is checked on the flat stream of lexemes, before any recursive code sees it.
import { Composer, CST, type Document, Lexer, Parser } from 'yaml'
import type { TextProblem } from './forbidden-text.ts'
import { MAX_DEPTH, MAX_DOCUMENTS, MAX_ISSUES_PER_FILE, MAX_LEXEMES } from './limits.ts'

export interface YamlSyntax {
  documents: Document[]
  problems: TextProblem[]
}

const REFUSED: Partial<Record<string, string>> = {
  tag: 'tags are not allowed; write the value without it',
  anchor: 'anchors are not allowed; every document says everything itself',
  alias: 'aliases are not allowed; write the value out',
  'directive-line': 'directives are not allowed; the files are YAML 1.2',
}

/** Parses a text that `findForbidden` let through. Never throws; documents with problems may be incomplete. */
export function parseSyntax(text: string): YamlSyntax {
  const { tokens, problems, complete } = parseTokens(text)
  if (!complete) return { documents: [], problems }
  // Keys are compared by our own walk: the library compares each with every other one.
  const composer = new Composer({ uniqueKeys: false, version: '1.2', prettyErrors: false })
  const documents = [...composer.compose(tokens, false, text.length)]
  for (const { errors, warnings } of documents)
    for (const { pos, message } of [...errors, ...warnings])
      problems.push({ offset: pos[0], message: `not valid YAML: ${firstLine(message)}` })
  return { documents, problems }
}

function parseTokens(text: string): { tokens: CST.Token[]; problems: TextProblem[]; complete: boolean } {
  const tokens: CST.Token[] = []
  const problems: TextProblem[] = []
  const parser = new Parser()
  const scan = { offset: 0, lexemes: 0, documents: 0, afterScalarMark: false }
  for (const lexeme of new Lexer().lex(text)) {
    const problem = refuseLexeme(lexeme, scan)
    if (problem !== undefined) problems.push(problem)
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') scan.documents++
      tokens.push(token)
    }
    const limit = exceededLimit(scan, parser.stack.length)
    if (limit !== undefined)
      return { tokens, problems: [...problems, { offset: scan.offset, message: limit }], complete: false }
    if (problems.length >= MAX_ISSUES_PER_FILE) return { tokens, problems, complete: false }
    scan.offset += isMark(lexeme) ? 0 : lexeme.length
  }
  tokens.push(...parser.end())
  return { tokens, problems, complete: true }
}

interface Scan {
  offset: number
  lexemes: number
  documents: number
  afterScalarMark: boolean
}

/** What is wrong with the lexeme itself. The content of a scalar follows its own mark and may look like anything. */
function refuseLexeme(lexeme: string, scan: Scan): TextProblem | undefined {
  scan.lexemes++
  const isContent = scan.afterScalarMark
  scan.afterScalarMark = lexeme === CST.SCALAR
  if (isContent) return undefined
  const message = REFUSED[CST.tokenType(lexeme) ?? '']
  return message === undefined ? undefined : { offset: scan.offset, message }
}

/** The lexer's own marks are not part of the text; a byte order mark is. */
function isMark(lexeme: string): boolean {
  return lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END || lexeme === CST.SCALAR
}

function exceededLimit(scan: Scan, depth: number): string | undefined {
  // Two entries of the parser's stack are the document and the scalar being read.
  if (depth > MAX_DEPTH + 2) return `nested too deeply, expected at most ${MAX_DEPTH} levels`
  if (scan.documents > MAX_DOCUMENTS) return `too many documents, expected at most ${MAX_DOCUMENTS} in a file`
  if (scan.lexemes > MAX_LEXEMES) return `too many words and signs, expected at most ${MAX_LEXEMES} in a file`
  return undefined
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}
