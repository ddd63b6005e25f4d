// The live table: what is shown where there is not room for everything.
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { Composition, RunningController } from '../../../src/cli/composition.ts'
import { followTable } from '../../../src/cli/run-table.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { ComponentStatus } from '../../../src/model/status.ts'
import { conditionOf, NOW_MS, statusOf } from '../../support/statuses.ts'

const everywhere = ['a', 'b', 'c', 'd', 'e'].map((host) => statusOf(`agent@${host}`))
const services = ['db', 'proxy', 'web'].map((name) => statusOf(`${name}@a`))

/** The last frame on a terminal of so many lines, without headings and colours. */
async function frame(statuses: ComponentStatus[], rows: number, footer = '', columns = 120): Promise<string[]> {
  const written: string[] = []
  const terminal = { out: (text: string) => written.push(text), columns, rows, color: false }
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

test('a host that does not answer is not folded away with those that do', async () => {
  const silent = statusOf('agent@c', { conditions: [conditionOf('Ready', 'Unknown', 'HostUnreachable', 'no answer')] })
  const lines = await frame([...everywhere.filter(({ key }) => key !== silent.key), silent, ...services], 12)
  expect(lines.filter((line) => line.startsWith('agent'))).toHaveLength(5)
})

test('hints below take their room', async () => {
  const lines = await frame([...everywhere, ...services], 13, '\nEverything is healthy.\n')
  expect(lines.slice(0, 2).map((line) => line.split(/ {3,}/)[1])).toEqual(['5 hosts', 'a'])
  expect(lines.at(-1)).toBe('Everything is healthy.')
})

const waiting = (key: string) =>
  statusOf(key as ComponentKey, {
    state: { deploying: 'blocked' },
    conditions: [
      conditionOf('Ready', 'False', 'DeployingBlocked', 'waits'),
      conditionOf('Blocked', 'True', 'DependencyNotHealthy', 'waits for database@database-1 to be healthy'),
    ],
  })

test('on a narrow terminal columns give way to the message, and every component has one line', async () => {
  const lines = await frame(
    ['web', 'postgres-exporter'].map((name) => waiting(`${name}@monitoring`)),
    24,
    '',
    80,
  )
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/^web +monitoring +deploying\.blocked +DependencyNotHealthy: wa.*…$/)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
})

test('what wraps is counted by the lines that it takes on the screen, so that the next frame is drawn over it', async () => {
  const written: string[] = []
  const terminal = { out: (text: string) => written.push(text), columns: 40, rows: 12, color: true }
  const stop = new AbortController()
  const composition = { terminal, wait: async () => stop.abort(), nowMs: () => NOW_MS } as unknown as Composition
  let statuses = everywhere
  const running = { statuses: () => statuses } as unknown as RunningController
  const footer = () => {
    const shown = `${'x'.repeat(90)}\n${statuses.length}\n`
    statuses = everywhere.slice(1)
    return shown
  }
  await followTable(running, composition, stop.signal, footer)
  const [, first = '', second = ''] = written
  const taken = (text: string) =>
    stripVTControlCharacters(text)
      .split('\n')
      .slice(0, -1)
      .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 40)), 0)
  expect(taken(first)).toBeLessThan(12)
  expect(second.startsWith(`\x1b[${taken(first)}A\r`)).toBe(true)
})
