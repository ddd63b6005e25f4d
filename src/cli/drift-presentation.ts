// What differed on a host and what is left as it is there, for people. Pure.
import type { Change } from '../model/diff.ts'
import { escapeControl } from '../model/escape-control.ts'
import type { ComponentStatus, Ignored } from '../model/status.ts'
import { authorText } from '../plan/likely-author.ts'
import { age, timestamp } from './age.ts'

export function diffHeading({ lastDiff }: ComponentStatus, nowMs: number): string {
  return lastDiff === undefined
    ? 'Last difference'
    : `Last difference (${lastDiff.cause}, ${age(lastDiff.atMs, nowMs)} ago, ${timestamp(lastDiff.atMs)})`
}

export function diffText(changes: readonly Change[]): string {
  return changes
    .map(({ resource, action, fields }) => {
      const lines = fields.map(({ field, from, to }) => `    ${field}: ${from || '(none)'} → ${to || '(none)'}`)
      return [`  ${action} ${resource}`, ...lines].map((line) => `${escapeControl(line)}\n`).join('')
    })
    .join('')
}

/** Who it was and what the files said, as far as that is known. */
export function traceText({ lastDiff }: ComponentStatus): string {
  const { author, texts = [] } = lastDiff ?? {}
  const files = texts.flatMap(({ path, diff }) => [`--- ${path}`, ...diff.trimEnd().split('\n')])
  return [...(author === undefined ? [] : [authorText(author)]), ...files]
    .map((line) => `  ${escapeControl(line)}\n`)
    .join('')
}

export function ignoredText(ignored: readonly Ignored[]): string {
  return ignored
    .map(({ what, reason, resources, differs }) => {
      const is =
        resources === 0 ? 'matches nothing' : differs.length === 0 ? 'as written' : `differs: ${differs.join(', ')}`
      return `  ${escapeControl(`${what} (${reason}): ${is}`)}\n`
    })
    .join('')
}
