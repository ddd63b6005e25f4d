// `homeostat logs` as it is called, and what it prints of what hosts tell.
import { expect, it } from 'vitest'
import type { LogEntry, LogOptions, LogSource } from '../../../src/cli/live.ts'
import { stateDir } from '../../support/cli.ts'

const entry = (atMs: number, message: string | undefined, priority = 6): LogEntry => ({
  ...{ atMs, unit: 'a.service', from: 'a[1]', priority, message },
})

/** Runs it with hosts that tell these entries, and returns what was asked of them too. */
async function logs(words: string[], told: Record<string, LogEntry[]>, problems: Record<string, string> = {}) {
  await using dir = await stateDir()
  let asked: LogOptions | undefined
  const run = await dir.run(['logs', ...words], {
    color: words.includes('a'),
    readLogs: async (options) => {
      asked = options
      const sources: LogSource[] = Object.keys(told).map((host) => ({ host, units: ['a.service'] }))
      options.onBegin(sources, { isMasked: true })
      for (const source of sources) for (const one of told[source.host] ?? []) options.onEntry(source, one)
      return sources.map((it) => ({ ...it, ...(problems[it.host] && { problem: problems[it.host] as string }) }))
    },
  })
  return { ...run, asked }
}

it('puts lines of several hosts in the order of their times, each under its host', async () => {
  const { out, exitCode } = await logs(['b'], {
    one: [entry(1_000, 'first'), entry(3_000, 'third')],
    three: [entry(2_000, 'second')],
  })
  expect(out.split('\n')).toEqual([
    'one   1970-01-01T00:00:01.000Z a[1]: first',
    'three 1970-01-01T00:00:02.000Z a[1]: second',
    'one   1970-01-01T00:00:03.000Z a[1]: third',
    '',
  ])
  expect(exitCode).toBe(0)
})

it('follows in the order in which they come, and asks for what it was told to', async () => {
  const { out, asked } = await logs(['b@one', '-f', '-n', '7', '--since', '10m'], {
    one: [entry(2_000, 'b'), entry(1_000, 'a')],
  })
  expect(out).toBe('1970-01-01T00:00:02.000Z a[1]: b\n1970-01-01T00:00:01.000Z a[1]: a\n')
  expect(asked).toMatchObject({ component: 'b', host: 'one', follow: true, lines: 7, sinceMs: 600_000 })
})

it('writes out what could move a cursor, colours errors, and says what is too long', async () => {
  const evil = '\u001b]0;x\u0007\u001b[2Jgone\nforged \u202e'
  const { out } = await logs(['a'], { one: [entry(0, evil, 3), entry(0, undefined)] })
  expect(out).toContain('\u001b[31m\\e]0;x\\u0007\\e[2Jgone\\nforged \\u202e\u001b[39m\n')
  expect(out).toContain('(a line of more than 4096 bytes is not shown)')
  const json = await logs(['b', '-o', 'json'], { one: [entry(0, evil)] })
  expect(json.out.split('\n')).toHaveLength(2)
  expect(json.out).not.toContain('\u202e')
  expect(JSON.parse(json.out)).toMatchObject({ host: 'one', time: '1970-01-01T00:00:00.000Z', message: evil })
})

it('says which host could not be read, and shows what the others tell', async () => {
  const run = await logs(['b'], { one: [entry(0, 'here')], two: [] }, { two: 'two: there is no route to it\u001b[2J' })
  expect(run).toMatchObject({ err: 'two: there is no route to it\\e[2J\n', exitCode: 2 })
  expect(run.out).toContain('here')
})

it('says when there is nothing', async () => {
  expect((await logs(['b'], { one: [] })).err).toBe('nothing is in the journal of a.service on one\n')
})

it.each([
  [['b', '-n', '0'], 'from 1 to 10000'],
  [['b', '-n', '1e3'], 'from 1 to 10000'],
  [['b', '--since', '3x'], 'a duration is'],
  [[], 'missing required argument'],
])('%j is refused', async (words, says) => {
  await expect(logs(words, {})).rejects.toThrow(says)
})
