// `homeostat coverage`: what is asked of whom, how it is shown, and how it ends.
import { expect, it } from 'vitest'
import type { CoverageOptions, LiveCoverage } from '../../../src/cli/live.ts'
import type { CoverageRow } from '../../../src/model/coverage.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import { stateDir } from '../../support/cli.ts'
import { NOW_MS, statusOf } from '../../support/statuses.ts'

const key: ComponentKey = 'node-exporter@web'
const prometheus: ComponentKey = 'prometheus@hub'
const up: CoverageRow = { prometheus, kind: 'target', name: 'node web:9100', component: key, state: 'up', message: '' }
const down: CoverageRow = { ...up, name: 'node db:9100', state: 'down', message: 'connection refused' }
const gone: CoverageRow = {
  ...{ prometheus, kind: 'metrics', name: 'node', component: key, state: 'vanished', metrics: ['a'] },
  message: '1 metric of 9 gone since then: a',
}

async function run(words: string[], live: Partial<LiveCoverage>, withStore = true) {
  await using state = await stateDir()
  const event = { key, type: 'Normal' as const, message: '', revision: 'r' }
  const operation = { operationId: 'op', cause: 'spec' as const, details: { generation: 3, kind: 'apply' } }
  if (withStore)
    await state.write({
      statuses: [statusOf(key)],
      events: [
        { ...event, reason: 'Deploying', atMs: NOW_MS - 300_000 },
        { ...event, reason: 'Applied', atMs: NOW_MS - 290_000, ...operation },
        {
          ...event,
          reason: 'DriftCorrected',
          atMs: NOW_MS - 9_000,
          ...operation,
          operationId: 'drift',
          cause: 'drift',
        },
      ],
    })
  let asked: CoverageOptions | undefined
  const measureCoverage = async (options: CoverageOptions): Promise<LiveCoverage> => {
    asked = options
    return { asked: [prometheus], rows: [], problems: [], ...live }
  }
  return { ...(await state.run(['coverage', ...words], { measureCoverage })), asked }
}

it('is good when all is up', async () => {
  const { out, err, exitCode, asked } = await run([], { rows: [up] })
  expect(out).toBe(
    'KIND     NAME            COMPONENT           STATE   MESSAGE\ntarget   node web:9100   node-exporter@web   up\n',
  )
  expect(err).toBe('1 target: 1 up\n')
  expect(exitCode).toBe(0)
  expect(asked).toMatchObject({ withQuestions: false })
})

it('asks for the metrics of each component before its last change, not before drift was put right', async () => {
  const { asked } = await run([], { rows: [up] })
  const since = 'generation 3 was deployed 5m ago'
  expect(asked?.deployed).toEqual([{ key, atMs: NOW_MS - 300_000, since }])
})

it('asks for those of another time', async () => {
  const { asked } = await run(['--since', '2h', '--questions'], {})
  expect(asked).toMatchObject({
    deployed: [{ key, atMs: NOW_MS - 7_200_000, since: '120m ago' }],
    withQuestions: true,
  })
})

it('has problems when something is not there, and says how much', async () => {
  const { out, err, exitCode } = await run(['-o', 'wide'], { rows: [down, up, gone] })
  expect(out).toMatch(/^target +node db:9100 +node-exporter@web +down +connection refused$/m)
  expect(out).toMatch(/^metrics +node +node-exporter@web +vanished +1 metric of 9 gone since then: a$/m)
  expect(err).toBe('2 targets: 1 up, 1 down; jobs that lost metrics: 1\n')
  expect(exitCode).toBe(1)
})

it('fails when a Prometheus cannot be asked, and shows the others', async () => {
  const problems = [{ key: 'prometheus@far' as const, problem: 'no route to host' }]
  const { out, err, exitCode } = await run([], { rows: [up], problems })
  expect(out).toContain('node web:9100')
  expect(err).toContain('prometheus@far cannot be asked: no route to host\n')
  expect(exitCode).toBe(2)
})

it('fails where there is none', async () => {
  await expect(run([], { asked: [] })).rejects.toMatchObject({
    message: 'the desired state has no enabled component of type prometheus',
    exitCode: 2,
  })
})

it('says what it does not know without a store', async () => {
  const { err, asked, exitCode } = await run([], { rows: [up] }, false)
  expect(err).toContain('metrics are not compared with those before the last change: there is no store at')
  expect(asked?.deployed).toEqual([])
  expect(exitCode).toBe(0)
})

it('is a list for programs, and names', async () => {
  const { out } = await run(['-o', 'json'], { rows: [gone] })
  const { metrics, component, state } = gone
  expect(JSON.parse(out).items).toEqual([
    {
      ...{ apiVersion: 'homeostat/v1', kind: 'Coverage', prometheus, of: 'metrics', name: 'node' },
      ...{ component, state, metrics, message: gone.message },
    },
  ])
  expect((await run(['-o', 'name'], { rows: [down] })).out).toBe('target/node db:9100\n')
})

it('refuses what is no duration', async () => {
  await expect(run(['--since', 'yesterday'], {})).rejects.toThrow()
})
