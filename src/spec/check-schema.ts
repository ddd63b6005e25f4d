// Checks a value against a schema and says everything that is wrong, each with the path of its field and a suggestion.
import type { z } from 'zod'
import { describeProblem, nameOfType, oneOf } from './describe-problem.ts'
import { knownKeys } from './known-keys.ts'
import { nearest } from './suggest.ts'
import type { FieldPath } from './yaml-documents.ts'

export interface SchemaProblem {
  path: (string | number)[]
  /** True where the name of the field is the problem, not its value. */
  atKey: boolean
  message: string
  suggestion?: string
}

export type Checked<Output> = { value: Output; problems: [] } | { value: undefined; problems: SchemaProblem[] }

/** Parses a value. Problems are in the order of the schema's fields. */
export function checkSchema<Schema extends z.ZodType>(schema: Schema, value: unknown): Checked<z.output<Schema>> {
  const parsed = schema.safeParse(value, { reportInput: true, error: describeProblem })
  if (parsed.success) return { value: parsed.data, problems: [] }
  return { value: undefined, problems: parsed.error.issues.flatMap((issue) => problemsOf(schema, [], issue)) }
}

type ZodIssue = z.core.$ZodIssue
type UnionIssue = z.core.$ZodIssueInvalidUnion

function problemsOf(schema: z.ZodType, around: FieldPath, issue: ZodIssue): SchemaProblem[] {
  const path = [...around, ...issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, knownKeys(schema, path)))
    case 'invalid_union':
      return unionProblems(schema, path, issue)
    case 'invalid_key':
      return [{ path, atKey: true, message: `this key is not allowed: ${issue.issues[0]?.message ?? issue.message}` }]
    case 'invalid_value':
      return [misspelt(path, issue.input, issue.values.map(String), issue.message)]
    case 'invalid_type':
      return [{ path, atKey: false, message: wrongType(issue.input, issue.message) }]
    default:
      return [{ path, atKey: false, message: issue.input === undefined ? required(issue.message) : issue.message }]
  }
}

function unknownKey(key: string, path: (string | number)[], known: string[]): SchemaProblem {
  const suggestion = nearest(key, known)
  const message = `there is no field "${key}" here`
  const place = { path: [...path, key], atKey: true }
  if (suggestion !== undefined) return { ...place, message, suggestion }
  return { ...place, message: `${message}, expected ${known.length === 0 ? 'none' : oneOf(known)}` }
}

function misspelt(path: (string | number)[], found: unknown, values: string[], message: string): SchemaProblem {
  const suggestion = typeof found === 'string' ? nearest(found, values) : undefined
  const full = typeof found === 'string' || found === undefined ? message : wrongType(found, message)
  return {
    path,
    atKey: false,
    message: found === undefined ? required(full) : full,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

function wrongType(found: unknown, message: string): string {
  return found === undefined ? required(message) : `${message}, found ${nameOfType(found)}`
}

function required(message: string): string {
  return message.startsWith('required: ') ? message : `required: ${message}`
}

/** Of the alternatives the one that was probably meant; where none stands out, what all of them expect. */
function unionProblems(schema: z.ZodType, path: (string | number)[], issue: UnionIssue): SchemaProblem[] {
  if (issue.discriminator !== undefined) {
    const found = (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator]
    const values = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
    return [misspelt(path, found, values, `expected ${oneOf(values)}`)]
  }
  const fitting = issue.errors
    .filter((branch) => branch.every(isWithin))
    .sort((one, other) => one.length - other.length)
  const [meant] = fitting
  const isOpen = fitting.length > 1 && fitting.every((branch) => branch.every((inner) => inner.path.length === 0))
  if (meant === undefined || isOpen) return [noneMeant(path, issue)]
  return meant.flatMap((inner) => problemsOf(schema, path, inner))
}

/** True where the alternative fits as a whole, so that the problem lies within it. */
function isWithin(issue: ZodIssue): boolean {
  return issue.path.length > 0 || (issue.code !== 'invalid_type' && issue.code !== 'invalid_value')
}

function noneMeant(path: (string | number)[], issue: UnionIssue): SchemaProblem {
  const expected = [...new Set(issue.errors.flatMap((branch) => branch[0]?.message.replace(/^expected /, '') ?? []))]
  const message = issue.message === 'Invalid input' ? `expected ${expected.join(', or ')}` : issue.message
  const values = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []))
  return misspelt(path, issue.input, values, message)
}
