// The scanner behind the tidiness rules sees what it should, so that those rules can fail.
import { describe, expect, test } from 'vitest'
import { sourceFacts } from '../../support/source-facts.ts'

const effects = (text: string) => sourceFacts('a.ts', text).effects.map((effect) => effect.name)

test('sees every way to import', () => {
  const text = `
    import a, { b as c } from './one.ts'
    import type { D } from './two.ts'
    import * as e from 'three'
    import './four.ts'
    export { f } from './five.ts'
    export * from './six.ts'
    export type { G } from './seven.ts'
    const h = await import('./eight.ts')
    // import { no } from './comment.ts'
    const text = "import { no } from './text.ts'"
    export const own = 1
  `
  const { imports } = sourceFacts('a.ts', text)
  expect(imports.map((each) => each.specifier)).toEqual([
    ...['./one.ts', './two.ts', 'three', './four.ts', './five.ts', './six.ts', './seven.ts', './eight.ts'],
  ])
  expect(imports[0]).toEqual({ specifier: './one.ts', names: ['*', 'b'], line: 2 })
})

describe('sees effects', () => {
  test.each([
    ['const a = Date.now()', 'Date'],
    ['const a = new Date(0)', 'Date'],
    ['const a = Math.random()', 'Math.random'],
    ['setTimeout(run, 5)', 'setTimeout'],
    ['const a = process.env', 'process'],
    ['const a = { process }', 'process'],
    ['const a = (globalThis as { x: number }).x', 'globalThis'],
    ['fetch("http://x")', 'fetch'],
    ['async function a() {}', 'async'],
    ['const a = async () => 1', 'async'],
    ['const a = { async b() {} }', 'async'],
    ['const a = [...b, { c: [performance.now()] }]', 'performance'],
    ['const a: number = <T>(x: T) => console.log(x)', 'console'],
    ['export default crypto.randomUUID', 'crypto'],
  ])('%s', (text, name) => {
    expect(effects(text)).toEqual([name])
  })

  test.each([
    'const a = options.process',
    'const a = { process: 1, fetch() {} }',
    'interface A { Date: Date; fetch(): void }',
    'type A = typeof process',
    'function a(date: Date): Map<string, Date> { return new Map<string, Date>() }',
    'const a = value as Date',
    'const a = "Date.now()" // Date.now()',
    'const a = Math.max(1, 2)',
    'class A { process = 1 }',
  ])('but none in %s', (text) => {
    expect(effects(text)).toEqual([])
  })
})

test('measures functions by lines and names them, but not the bodies of suites', () => {
  const text = `function one() {
  return 1
}
const two = () => {


}
class A {
  three() {
  }
}
describe('x', () => {
  test('y', () => {
  })
})
describe.each([1])('z', () => {

})
`
  expect(sourceFacts('a.ts', text).functions).toEqual([
    { name: 'one', line: 1, lineCount: 3 },
    { name: 'two', line: 4, lineCount: 4 },
    { name: 'three', line: 9, lineCount: 2 },
    { name: 'a function without a name', line: 13, lineCount: 2 },
  ])
})

test('counts lines and sees whether a comment opens the file', () => {
  expect(sourceFacts('a.ts', '// what it is\nconst a = 1\n')).toMatchObject({ lineCount: 2, opensWithComment: true })
  expect(sourceFacts('a.ts', '#!/usr/bin/env node\n// what it is\n')).toMatchObject({ opensWithComment: true })
  expect(sourceFacts('a.ts', '\nconst a = 1 // what it is')).toMatchObject({ lineCount: 2, opensWithComment: false })
})

test('refuses what is no TypeScript', () => {
  expect(() => sourceFacts('a.ts', 'const = 1')).toThrow('a.ts')
})
