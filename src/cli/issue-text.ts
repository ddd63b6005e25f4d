// An issue as a person reads it: one line that editors can jump to, and in a terminal the line of the file with a caret.
import { relative, resolve } from 'node:path'
import { escapeControl } from '../model/escape-control.ts'
import type { Issue } from '../model/issue.ts'
import { paint } from './color.ts'
import type { Terminal } from './composition.ts'
import { displayWidth } from './width.ts'

export interface IssueTextContext {
  terminal: Pick<Terminal, 'isTty' | 'columns' | 'color'>
  /** The desired-state directory, absolute. */
  directory: string
  cwd: string
  /** Text of a file of the directory, for the line with the caret. */
  textOf(file: string): string | undefined
}

/** `file:line:col  path: message (did you mean …?)`, and the line of the file below it where there is a terminal. */
export function issueText(issue: Issue, context: IssueTextContext): string {
  const { color } = context.terminal
  const file = shortest(resolve(context.directory, issue.file), context.cwd)
  const place = issue.line === 0 ? file : `${file}:${issue.line}:${issue.column}`
  const path = issue.path === '' ? '' : `${paint(escapeControl(issue.path), 'bold', color)}: `
  const meant = issue.suggestion === undefined ? '' : ` (did you mean ${paint(issue.suggestion, 'green', color)}?)`
  const line = `${paint(escapeControl(place), 'cyan', color)}  ${path}${escapeControl(issue.message)}${meant}\n`
  return context.terminal.isTty ? line + excerpt(issue, context) : line
}

/** Relative to the working directory for what is below it, absolute otherwise. */
function shortest(file: string, cwd: string): string {
  const path = relative(cwd, file)
  return path === '' || path.startsWith('..') ? file : path
}

/** The line itself and a caret below its column; nothing where it would not fit. */
function excerpt({ file, line, column }: Issue, { terminal, textOf }: IssueTextContext): string {
  const source = textOf(file)?.split('\n', line)[line - 1]
  if (source === undefined) return ''
  const gutter = `${String(line).padStart(5)} │ `
  const caretAt = displayWidth(escapeControl(source.slice(0, column - 1)))
  const shown = escapeControl(source.trimEnd())
  const room = (terminal.columns ?? 80) - gutter.length
  if (displayWidth(shown) > room) return ''
  const empty = `${' '.repeat(5)} │ `
  return `${paint(gutter, 'dim', terminal.color)}${shown}\n${paint(empty, 'dim', terminal.color)}${' '.repeat(caretAt)}${paint('^', 'red', terminal.color)}\n`
}
