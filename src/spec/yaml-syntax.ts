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

/** Parses a text that `findForbidden` let through. Never throws; with problems, documents may be incomplete or missing. */
export function parseSyntax(text: string): YamlSyntax {
  const { tokens, problems, complete } = parseTokens(text)
  return { documents: complete ? compose(tokens, problems) : [], problems }
}

type OnError = (source: number | [number, number] | { offset: number }, code: string, message: string) => void

class TooManyProblems extends Error {}

/**
 * Ends at the last problem that is reported. The library itself makes an error with a stack trace for each of what can be
 * half a million, and has no other place where they can be counted.
 */
function compose(tokens: CST.Token[], problems: TextProblem[]): Document[] {
  // Keys are compared by our own walk: the library compares each with every other one.
  const composer = new Composer({ uniqueKeys: false, version: '1.2', prettyErrors: false })
  const onError: OnError = (source, _code, message) => {
    const offset = typeof source === 'number' ? source : Array.isArray(source) ? source[0] : source.offset
    // A collection that is being composed catches what is thrown, and reports that.
    if (problems.length >= MAX_ISSUES_PER_FILE) throw new TooManyProblems()
    problems.push(invalid(offset, message))
  }
  Object.assign(composer, { onError })
  const documents: Document[] = []
  try {
    for (const token of tokens) documents.push(...composer.next(token))
  } catch (error) {
    if (!(error instanceof TooManyProblems)) throw error
  }
  documents.push(...composer.end())
  return documents
}

function parseTokens(text: string): { tokens: CST.Token[]; problems: TextProblem[]; complete: boolean } {
  const tokens: CST.Token[] = []
  const problems: TextProblem[] = []
  const parser = new Parser()
  const scan = { offset: 0, lexemes: 0, documents: 0, afterScalarMark: false }
  const keep = (token: CST.Token) => {
    if (token.type === 'error')
      problems.push(invalid(token.offset, `${token.message}: ${JSON.stringify(token.source)}`))
    else tokens.push(token)
    if (token.type === 'document') scan.documents++
  }
  for (const lexeme of new Lexer().lex(text)) {
    const problem = refuseLexeme(lexeme, scan)
    if (problem !== undefined) problems.push(problem)
    for (const token of parser.next(lexeme)) keep(token)
    const limit = exceededLimit(scan, parser.stack)
    if (limit !== undefined)
      return { tokens, problems: [...problems, { offset: scan.offset, message: limit }], complete: false }
    if (problems.length >= MAX_ISSUES_PER_FILE) return { tokens, problems, complete: false }
    scan.offset += isMark(lexeme) ? 0 : lexeme.length
  }
  for (const token of parser.end()) keep(token)
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

/** Documents and collections count as soon as they begin. */
function exceededLimit({ documents, lexemes }: Scan, stack: CST.Token[]): string | undefined {
  if (stack.length > MAX_DEPTH && stack.filter(CST.isCollection).length > MAX_DEPTH)
    return `nested too deeply, expected at most ${MAX_DEPTH} levels`
  if (documents + (stack[0]?.type === 'document' ? 1 : 0) > MAX_DOCUMENTS)
    return `too many documents, expected at most ${MAX_DOCUMENTS} in a file`
  if (lexemes > MAX_LEXEMES) return `too many words and signs, expected at most ${MAX_LEXEMES} in a file`
  return undefined
}

function invalid(offset: number, message: string): TextProblem {
  return { offset, message: `not valid YAML: ${message.split('\n', 1)[0]}` }
}
