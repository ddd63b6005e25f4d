// Stands for vitest while mutants are tried: tests are collected once and then called as often as there are mutants, in one process.
// A new worker for each of thousands of mutants takes longer than their tests. What is expected is vitest's own.

import { equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { chai, expect } from 'vitest'

export { expect }

type Body = (...args: never[]) => unknown

export interface Test {
  /** Unique, and the same in every process. */
  id: string
  fileName: string
  run(): unknown
}

export const tests: Test[] = []
let fileName = ''
const suites: string[] = []

/** Imports a test file, which puts its tests into `tests`. */
export async function collect(path: string): Promise<void> {
  fileName = path
  await import(path)
}

function suite(name: string, define: Body): void {
  suites.push(name)
  define()
  suites.pop()
}

function one(name: string, body: Body): void {
  const path = [fileName, ...suites, name].join(' > ')
  const before = tests.filter(({ id }) => id === path || id.startsWith(`${path} #`)).length
  tests.push({ id: before === 0 ? path : `${path} #${before + 1}`, fileName, run: () => body() })
}

/** Of each row, spread where it is a list; its own name is its number. */
function each(define: (name: string, body: Body) => void) {
  return (rows: readonly unknown[]) => (name: string, body: (...args: unknown[]) => unknown) => {
    for (const row of rows) define(name, () => body(...(Array.isArray(row) ? row : [row])))
  }
}

export const describe = Object.assign(suite, { each: each(suite) })
export const it = Object.assign(one, { each: each(one) })
export const test = it

// vitest's own needs a worker of its own.
chai.use((_, { addMethod, flag }) => {
  addMethod(chai.Assertion.prototype, 'toMatchFileSnapshot', function (this: object, path: string) {
    equal(flag(this, 'object'), readFileSync(path, 'utf8'))
  })
})
