// What a schema problem is called for a person: what was found and what was expected. Never shows the value, it may be secret.
import type { z } from 'zod'

type RawIssue = z.core.$ZodRawIssue

/** The error map for parsing; schemas that bring their own message keep it. */
export function describeProblem(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `expected ${oneOf(issue.values.map(String))}`
    case 'too_small':
      return `expected ${size(issue.origin, 'at least', issue.minimum)}`
    case 'too_big':
      return `expected ${size(issue.origin, 'at most', issue.maximum)}`
    case 'invalid_format':
      if (issue.format === 'regex') return `expected text in the form ${issue.pattern}`
      return `expected ${formatNames[issue.format] ?? `text in the form of ${issue.format}`}`
    default:
      return undefined
  }
}

/** `a`, or `one of a, b, c`. */
export function oneOf(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `one of ${names.join(', ')}`
}

/** What a value is, without saying which. */
export function nameOfType(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return (
    { string: 'text', number: 'a number', boolean: 'true or false', object: 'a map' }[typeof value as string] ??
    typeof value
  )
}

const typeNames: Partial<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

const formatNames: Partial<Record<string, string>> = {
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
}

function size(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'string') return `${bound} ${limit} ${limit === 1 ? 'character' : 'characters'}`
  if (origin === 'array') return `${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return origin === 'number' || origin === 'int' ? `a number of ${bound} ${limit}` : `${bound} ${limit}`
}
