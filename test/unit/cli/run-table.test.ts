// The live table: what is shown where there is not room for everything.
import { expect, test } from 'vitest'
import type { Composition, RunningController } from '../../../src/cli/composition.ts'
import { followTable } from '../../../src/cli/run-table.ts'
import type { ComponentStatus } from '../../../src/model/status.ts'
import { NOW_MS, statusOf } from '../../support/statuses.ts'

const everywhere = ['a', 'b', 'c', 'd', 'e'].map((host) => statusOf(`agent@${host}`))
const services = ['db', 'proxy', 'web'].map((name) => statusOf(`${name}@a`))

/** The last frame on a terminal of so many lines, without headings and colours. */
async function frame(statuses: ComponentStatus[], rows: number, footer = ''): Promise<string[]> {
  const written: string[] = []
  const terminal = { out: (text: string) => written.push(text), columns: 120, rows, color: false }
  const stop = new AbortController()
  const wait = async () => stop.abort()
  const composition = { terminal, wait, nowMs: () => NOW_MS } as unknown as Composition
  const running = { statuses: () => statuses } as unknown as RunningController
  await followTable(running, composition, stop.signal, () => footer)
  const [, shown = ''] = written
  expect(shown.split('\n').length).toBeLessThan(rows)
  return shown.split('\n').slice(1, -1)
}

test('every component on every host has a line where there is room', async () => {
  expect(await frame([...everywhere, ...services], 24)).toHaveLength(8)
})

test('a component that is well everywhere takes one line where there is not', async () => {
  const lines = await frame([...everywhere, ...services], 9)
  expect(lines.map((line) => line.split(/ {3,}/).slice(0, 3))).toEqual([
    ['agent', '5 hosts', 'healthy.inSync'],
    ['db', 'a', 'healthy.inSync'],
    ['proxy', 'a', 'healthy.inSync'],
    ['web', 'a', 'healthy.inSync'],
  ])
})

test('what is not well is not folded, and comes first where even that is too much', async () => {
  const failing = statusOf('agent@c', { state: { failed: 'stalled' } })
  const lines = await frame([...everywhere.filter(({ key }) => key !== failing.key), failing, ...services], 9)
  expect(lines).toHaveLength(5)
  expect(lines[0]).toMatch(/^agent +c +failed\.stalled/)
  expect(lines.at(-1)).toBe('… and 4 more: homeostat get components')
})

test('hints below take their room', async () => {
  const lines = await frame([...everywhere, ...services], 13, '\nEverything is healthy.\n')
  expect(lines.slice(0, 2).map((line) => line.split(/ {3,}/)[1])).toEqual(['5 hosts', 'a'])
  expect(lines.at(-1)).toBe('Everything is healthy.')
})
