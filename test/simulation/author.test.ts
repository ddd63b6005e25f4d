// Who may have made drift is told with it, where it stands as long as it does, and keeps nothing from being put right.
import { expect, it } from 'vitest'
import { condition, settledWorld } from './support/stories.ts'

const MINUTE = 60_000
const FILE = '/etc/x.conf'

async function drifted(drift: 'correct' | 'warn') {
  const world = await settledWorld({ x: { content: 'one\n', policy: { drift } } })
  const host = world.host('a')
  const log = (user: string) =>
    host.deeds.push({ atMs: world.clock.nowMs(), by: 'sudo', user, what: `/usr/bin/vim ${FILE} --token=hunter2` })
  log('ada')
  host.edit(FILE, { content: 'two\n' })
  log('bob')
  return { world, host, events: () => world.store.events({ key: 'x@a', limit: 100 }) }
}

it('is in the event, with what the file said, and with the difference after it was put right', async () => {
  const { world, host, events } = await drifted('correct')
  host.deeds.splice(1)
  await world.clock.advance(10 * MINUTE)
  const found = (await events()).find(({ reason }) => reason === 'DriftFound')
  expect(found?.message).toMatch(/; likely ada, by sudo at [\d:]{8} UTC: vim \/etc\/x\.conf$/)
  expect(found?.details).toMatchObject({
    author: { user: 'ada', by: 'sudo' },
    texts: [{ path: FILE, diff: '@@ -1,1 +1,1 @@\n-two\n+one\n' }],
  })
  expect(host.files.get(FILE)?.content).toBe('one\n')
  expect(world.controller.statuses.get('x@a').lastDiff).toMatchObject({ cause: 'drift', author: { user: 'ada' } })
  expect(condition(world, 'x@a', 'Drifted')?.message).toBe('')
  expect(JSON.stringify(await events())).not.toContain('hunter2')
})

it('is in the condition as long as the drift is only told', async () => {
  const { world } = await drifted('warn')
  await world.clock.advance(30 * MINUTE)
  expect(condition(world, 'x@a', 'Drifted')?.message).toMatch(/ → .*; likely (ada|bob), by sudo at/)
  world.host('a').edit(FILE, { content: 'one\n' })
  await world.clock.advance(5 * MINUTE)
  expect(condition(world, 'x@a', 'Drifted')).toMatchObject({ status: 'False', message: '' })
})

it('drift is put right all the same where nobody can be asked', async () => {
  const { world, host, events } = await drifted('correct')
  world.onMoment = (moment) => (moment === 'trace before' ? 'fail' : 'go')
  await world.clock.advance(10 * MINUTE)
  expect(host.files.get(FILE)?.content).toBe('one\n')
  expect((await events()).find(({ reason }) => reason === 'DriftFound')?.message).not.toContain('likely')
})
