// Changes that cannot be taken back: what was declared as irreversible, and a host that refuses to go back. Nothing is guessed and nothing
// half done: it stops, says so, and a person decides.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, newController, untilLookedAt } from '../support/controller.ts'
import { configFile, custom, type DocumentObject, host, sleeper } from '../support/desired-yaml.ts'
import { ledger, operations, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const stalled = ({ conditions }: ComponentStatus) =>
  conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')
const untilStalled = (key: string) => controller.until(key, (status) => stalled(status) !== undefined)
/** Numbers of the generations that the history shows as kept on the host. */
const kept = async (key: string) => {
  const { stdout } = await controller.cli(['history', key, '-o', 'json'])
  const { items } = JSON.parse(stdout) as { items: { generation: number; kept: boolean }[] }
  return [...new Set(items.flatMap((item) => (item.kept ? [item.generation] : [])))]
}

const data = '/srv/moved/data'

/** Its data are moved by a new version, and the old one cannot read them. */
function moved(config: string, service = ''): DocumentObject {
  const files = [{ path: data, content: `${config}\n` }]
  const more = { files, irreversible: { [`file:${data}`]: 'its data are moved' } }
  return sleeper('moved', ['t1'], { config, service, more })
}

test('a change that was declared as irreversible is told beforehand, and left where it is when it fails', async () => {
  await controller.write('moved.yaml', moved('one'))
  const { desired: first } = await controller.untilState('moved@t1', 'healthy.inSync')
  await untilProven(lab, 't1', 'moved')
  await controller.stop()
  await controller.write('moved.yaml', moved('two', 'ExecStartPre=/usr/bin/test -e /etc/allowed'))
  const { stdout } = await controller.cliWithSsh(['plan', controller.desired])
  expect(stdout).toContain('cannot be taken back: its data are moved')

  controller.start()
  const status = await untilStalled('moved@t1')
  expect(stalled(status)).toMatchObject({
    reason: 'Irreversible',
    message: expect.stringContaining(`file:${data} cannot be taken back: its data are moved`),
  })
  expect(status.lastGood).toBe(first)
  expect(await lab.shell('t1', `cat ${data} ${configFile('moved')}`)).toBe('two\ntwo\n')
  expect((await controller.cli(['get', 'components', '--exit-code'])).exitCode).toBe(1)
  const before = await ledger(lab, 't1')
  await untilLookedAt(controller, 't1')
  expect(await ledger(lab, 't1')).toBe(before)

  // A person makes room for it, and asks.
  await lab.shell('t1', 'touch /etc/allowed')
  expect((await controller.cli(['reconcile', 'moved'])).exitCode).toBe(0)
  await controller.untilState('moved@t1', 'healthy.inSync')
})

/** On a disk of its own, where the larger of the two contents only just has room. */
function narrow(content: string): DocumentObject {
  const files = [{ path: '/srv/narrow/file', content, onChange: { restart: ['narrow.service'] } }]
  const unit = '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n'
  return custom('narrow', ['t1'], { files, units: [{ name: 'narrow.service', content: unit }] })
}

test('a rollback that fails stops at once, with all of the host as it was, both generations kept and the reason told', async () => {
  await lab.shell('t1', 'mkdir -p /srv/narrow && mount -t tmpfs -o size=64k tmpfs /srv/narrow')
  const large = 'x'.repeat(40_000)
  for (const content of [large, 'small']) {
    await controller.write('narrow.yaml', narrow(content))
    await controller.until('narrow@t1', ({ generation }) => generation === (content === large ? 1 : 2))
    await controller.untilState('narrow@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'narrow')
  }
  await lab.shell('t1', 'head -c 50000 /dev/zero > /srv/narrow/filler')
  const done = (await operations(lab, 't1')).length
  expect((await controller.cli(['rollback', 'narrow'])).exitCode).toBe(0)
  const status = await untilStalled('narrow@t1')
  expect(stalled(status)).toMatchObject({
    reason: 'RollbackFailed',
    message: expect.stringMatching(/put files live failed.*No space left on device/s),
  })
  expect(await lab.shell('t1', 'cat /srv/narrow/file; ls -A /srv/narrow; systemctl is-active narrow')).toBe(
    'smallfile\nfiller\nactive\n',
  )
  expect(await kept('narrow@t1')).toEqual([1, 2])
  const { type, reason } =
    (await controller.events('narrow@t1')).findLast((it) => it.reason.startsWith('Rollback')) ?? {}
  expect([type, reason]).toEqual(['Warning', 'RollbackFailed'])
  // Once, and hands off.
  await untilLookedAt(controller, 't1')
  expect(await operations(lab, 't1')).toHaveLength(done + 1)

  await lab.shell('t1', 'rm /srv/narrow/filler')
  expect((await controller.cli(['reconcile', 'narrow'])).exitCode).toBe(0)
  await controller.untilState('narrow@t1', 'healthy.inSync')
  expect(await lab.shell('t1', 'cat /srv/narrow/file')).toBe('small')
})
