// What is wrong with a value, in words that a person can act on: where, what was expected, what was found, what was meant.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkSchema } from '../../../src/spec/check-schema.ts'
import { formatPath } from '../../../src/spec/field-path.ts'

function said(schema: z.ZodType, value: unknown): string[] {
  return checkSchema(schema, value).problems.map((problem) => {
    const meant = problem.suggestion === undefined ? '' : ` (${problem.suggestion}?)`
    return `${problem.atKey ? 'key ' : ''}${formatPath(problem.path)}: ${problem.message}${meant}`
  })
}

const of = (schema: z.ZodType) => z.strictObject({ it: schema })
const mode = z.enum(['correct', 'warn', 'off'])
const named = z.strictObject({ name: z.string(), soft: z.boolean().default(false) })
const shape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('circle'), radius: z.number() }),
  z.strictObject({ kind: z.literal('square'), side: z.number() }),
])

describe('what is wrong with a value', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.string(), 5, 'expected text, found a number'],
    [z.string(), null, 'expected text, found nothing'],
    [z.string(), [1], 'expected text, found a list'],
    [z.string(), { a: 1 }, 'expected text, found a map'],
    [z.string(), 5n, 'expected text, found bigint'],
    [z.string(), undefined, 'required: expected text'],
    [z.string({ error: 'required: a name' }), undefined, 'required: a name'],
    [z.string({ error: 'a name' }), undefined, 'required: a name'],
    [z.number(), 'x', 'expected a number, found text'],
    [z.number(), true, 'expected a number, found true or false'],
    [z.int(), 1.5, 'expected a whole number, found a number'],
    [z.boolean(), 'yes', 'expected true or false, found text'],
    [z.array(z.string()), 'x', 'expected a list, found text'],
    [z.record(z.string(), z.string()), 'x', 'expected a map, found text'],
    [z.strictObject({}), 'x', 'expected a map, found text'],
    [z.date(), 'x', 'expected date, found text'],
    [z.string().min(1), '', 'expected at least 1 character'],
    [z.string().min(2), 'a', 'expected at least 2 characters'],
    [z.string().max(1), 'ab', 'expected at most 1 character'],
    [z.array(z.string()).min(1), [], 'expected at least 1 entry'],
    [z.array(z.string()).max(2), ['a', 'b', 'c'], 'expected at most 2 entries'],
    [z.number().min(3), 2, 'expected a number of at least 3'],
    [z.int().max(3), 4, 'expected a number of at most 3'],
    [z.string().regex(/^a+$/), 'b', 'expected text in the form /^a+$/'],
    [z.ipv4(), 'x', 'expected an IPv4 address'],
    [z.ipv6(), 'x', 'expected an IPv6 address'],
    [z.base64(), '!', 'expected text in the form of base64'],
    [z.literal('all'), 'b', 'expected all'],
    [mode, 'never', 'expected one of correct, warn, off'],
    [mode, 'warm', 'expected one of correct, warn, off (warn?)'],
    [mode, 5, 'expected one of correct, warn, off, found a number'],
    [mode, undefined, 'required: expected one of correct, warn, off'],
    [z.string().refine(() => false, { error: 'no' }), 'x', 'no'],
    [z.unknown().refine(() => false, { error: 'no' }), undefined, 'required: no'],
  ])('is said of its kind, its size, its form: %#', (schema, value, message) => {
    expect(said(of(schema), { it: value })).toEqual([`it: ${message}`])
  })

  it('is said of every field that there is not, with what was meant or what there is', () => {
    const schema = z.strictObject({ interval: z.string().optional(), port: z.string().optional() })
    expect(said(schema, { intervall: '', zone: '' })).toEqual([
      'key intervall: there is no field "intervall" here (interval?)',
      'key zone: there is no field "zone" here, expected one of interval, port',
    ])
    expect(said(of(schema), { it: { prot: '' } })).toEqual(['key it.prot: there is no field "prot" here (port?)'])
    expect(said(z.strictObject({}), { x: 1 })).toEqual(['key x: there is no field "x" here, expected none'])
    const deep = z.strictObject({ list: z.array(schema.optional()), map: z.record(z.string(), schema.default({})) })
    expect(said(deep, { list: [{ prot: '' }], map: { a: { prot: '' } } })).toEqual([
      'key list[0].prot: there is no field "prot" here (port?)',
      'key map.a.prot: there is no field "prot" here (port?)',
    ])
  })

  it('is said of a key that is not allowed', () => {
    const keys = z.record(z.string().regex(/^[a-z]+$/, { error: 'expected a word' }), z.string())
    expect(said(of(keys), { it: { A1: 'x' } })).toEqual(['key it.A1: this key is not allowed: expected a word'])
  })

  it.each<[z.ZodType, unknown, string[]]>([
    [shape, { kind: 'circel', radius: 1 }, ['it.kind: expected one of circle, square (circle?)']],
    [shape, { kind: 'circle', radius: 'x' }, ['it.radius: expected a number, found text']],
    [shape, { radius: 1 }, ['it.kind: required: expected one of circle, square']],
    // Whoever writes a map means the alternative that is one.
    [z.union([z.string(), named]), { name: 5 }, ['it.name: expected text, found a number']],
    [z.union([z.string(), named]), { nam: 'x', name: 'y' }, ['key it.nam: there is no field "nam" here (name?)']],
    [z.union([z.string(), named]), 5, ['it: expected text, or a map, found a number']],
    [z.union([z.string(), named]), undefined, ['it: required: expected text, or a map']],
    [z.union([z.string(), named], { error: 'expected a name' }), 5, ['it: expected a name, found a number']],
    [z.union([z.literal('all'), z.array(z.string())]), 'al', ['it: expected all, or a list (all?)']],
    [z.union([z.literal('all'), z.array(z.string().min(1))]), [''], ['it[0]: expected at least 1 character']],
    // The fewest problems are the likeliest alternative.
    [
      z.union([z.strictObject({ a: z.string(), b: z.string() }), z.strictObject({ a: z.string() })]),
      { a: 5 },
      ['it.a: expected text, found a number'],
    ],
    // Each fits as a whole: nobody knows which one was meant.
    [z.union([z.ipv4(), z.ipv6()]), 'x', ['it: expected an IPv4 address, or an IPv6 address']],
  ])('of alternatives is that of the one that was meant: %#', (schema, value, problems) => {
    expect(said(of(schema), { it: value })).toEqual(problems)
  })

  it('is nothing where nothing is wrong, and the value is as the schema makes it', () => {
    expect(checkSchema(named, { name: 'x' })).toEqual({ value: { name: 'x', soft: false }, problems: [] })
    expect(checkSchema(named, {}).value).toBeUndefined()
  })
})
