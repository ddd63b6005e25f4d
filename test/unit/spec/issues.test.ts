// Directories with everything wrong in them (test/fixtures/spec), against the list of issues that a person reads.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { component, host, lineOf, read } from './given.ts'

const fixtures = new URL('../../fixtures/spec/', import.meta.url)
const cases = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory())

function textsOf(name: string): Record<string, string> {
  const folder = new URL(`${name}/`, fixtures)
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))
  return Object.fromEntries(files.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]))
}

describe('the issues of a directory', () => {
  it.each(cases.map(({ name }) => name))('are all told at once, each at its place: %s', async (name) => {
    const { desired } = read(textsOf(name))
    const golden = new URL(`${name}/issues.golden`, fixtures)
    await expect(`${desired.issues.map(lineOf).join('\n')}\n`).toMatchFileSnapshot(golden.pathname)
  })

  it('are a hundred of one file at most, and those of the others besides', () => {
    const wrong = Array.from({ length: 60 }, (_, at) => component(`c${at}`, 'hosts: [web], port: 1, zone: 2')).join('')
    const { desired } = read({ 'a.yaml': wrong, 'b.yaml': component('b', 'hosts: [web], port: 1') + host('web') })
    expect(desired.issues.filter(({ file }) => file === 'a.yaml')).toHaveLength(100)
    expect(desired.issues.filter(({ file }) => file === 'b.yaml')).toHaveLength(1)
  })

  it('do not show values, which may be secret', () => {
    const options = 'options: { interval: hunter2, port: hunter2, zone: hunter2 }'
    const { desired } = read({ 'a.yaml': host('web') + component('a', `hosts: [web], ${options}`) })
    expect(desired.issues).toHaveLength(3)
    expect(JSON.stringify(desired.issues)).not.toContain('hunter2')
  })
})
