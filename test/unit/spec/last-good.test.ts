// What stands in for files that are broken, gone or unreadable.
import { describe, expect, it } from 'vitest'
import { component, host, inEffect, lineOf, read } from './given.ts'

const hosts = host('web') + host('db', 'address: 10.0.0.2')
const good = { 'a.yaml': component('a'), 'b.yaml': component('b'), 'hosts.yaml': hosts }
const on = (port: number, names = 'web') => component('a', `hosts: [${names}], options: { port: ${port} }`)

/** Reads one directory after another, each with what was good before. */
function history(...steps: Record<string, string>[]) {
  let reading = read({}, {})
  for (const texts of steps) reading = read(texts, reading.lastGood)
  return reading
}

describe('a broken file', () => {
  it.each([
    ['half written', 'apiVersion: homeostat/v1\nkind: Compo'],
    ['not YAML', 'a: [1,'],
    ['empty', ''],
    ['without the unknown option', component('a', 'hosts: [web], options: { prt: 1 }')],
    ['of an unknown type', component('a').replace('clock', 'clok')],
  ])('that is %s keeps what it said last, and harms no other', (_, text) => {
    const reading = history({ ...good, 'a.yaml': on(200) }, { ...good, 'a.yaml': text, 'b.yaml': component('b') })
    expect(inEffect(reading)).toEqual({ a: '200 on web', b: '123 on web' })
    expect(reading.desired.broken).toEqual(['a.yaml'])
    expect(reading.desired.issues.every((issue) => issue.file === 'a.yaml' && issue.line > 0)).toBe(true)
    expect(reading.lastGood).toEqual({ ...good, 'a.yaml': on(200) })
  })

  it('that never was good is just absent', () => {
    const reading = history({ ...good, 'a.yaml': 'a: [1,' })
    expect(inEffect(reading)).toEqual({ b: '123 on web' })
    expect(reading.desired.broken).toEqual(['a.yaml'])
    expect(reading.lastGood).toEqual({ 'b.yaml': good['b.yaml'], 'hosts.yaml': hosts })
  })

  it('stays broken until it is put right, however often it is read', () => {
    const broken = { ...good, 'a.yaml': 'a: [1,' }
    const reading = history(good, broken, broken, broken)
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
    expect(history(good, broken, { ...good, 'a.yaml': on(7) }).desired.broken).toEqual([])
  })

  it('of hosts keeps the hosts', () => {
    const reading = history(good, { ...good, 'hosts.yaml': host('web', 'adress: 10.0.0.1') })
    expect(Object.keys(reading.desired.hosts)).toEqual(['db', 'web'])
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
  })

  it('of hosts that never was good holds its components back, and is the only one told', () => {
    const reading = history({ ...good, 'hosts.yaml': host('web', 'adress: 10.0.0.1') })
    expect(reading.desired.components).toEqual({})
    expect(new Set(reading.desired.issues.map(({ file }) => file))).toEqual(new Set(['hosts.yaml']))
    expect(reading.desired.broken).toEqual(['a.yaml', 'b.yaml', 'hosts.yaml'])
  })
})

describe('a file that is gone', () => {
  it('takes its components with it', () => {
    const { 'a.yaml': _, ...rest } = good
    const reading = history(good, rest)
    expect(inEffect(reading)).toEqual({ b: '123 on web' })
    expect(reading.desired.issues).toEqual([])
    expect(reading.lastGood).toEqual(rest)
  })

  it('is not gone when it could not be read', () => {
    const { 'a.yaml': _, ...rest } = good
    const issue = { file: 'a.yaml', line: 0, column: 0, path: '', message: 'permission denied' }
    const reading = read(rest, history(good).lastGood, [issue])
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
    expect(reading.desired.broken).toEqual(['a.yaml'])
    expect(reading.lastGood).toEqual(good)
  })

  it.each(['.', 'folder'])('is not gone when %s could not be read', (file) => {
    const inFolder = { 'folder/a.yaml': component('a'), 'hosts.yaml': hosts }
    const issue = { file, line: 0, column: 0, path: '', message: 'permission denied' }
    const reading = read({ 'hosts.yaml': hosts }, history(inFolder).lastGood, [issue])
    expect(inEffect(reading)).toEqual({ a: '123 on web' })
    expect(reading.lastGood).toEqual(inFolder)
  })

  it('is not gone when all are', () => {
    const reading = history(good, {})
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
    expect(reading.desired.issues.map(lineOf)).toEqual(['.:0:0  : there is no YAML file in the directory'])
    expect(reading.lastGood).toEqual(good)
  })
})

describe('too much', () => {
  it('changes nothing', () => {
    const much = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`files/${at}`, 'x'.repeat(1024 * 1024)]))
    const reading = history(good, { ...much, 'a.yaml': on(9) })
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
    expect(reading.desired.issues).toHaveLength(1)
    expect(reading.lastGood).toEqual(good)
  })
})
