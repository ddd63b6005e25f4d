// A stack brought up one component at a time, on real hosts: each is proven before what needs it, one that fails is taken back
// while the others stay up, and comes once it is put right.
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Controller, isBlocked, newController } from '../support/controller.ts'
import { host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('monitoring', 'dns')
let controller: Controller

/** A file of its own with a comment, disabled until it is enabled. */
const component = (name: string, hosts: string, more = '') => `# ${name}, by hand
apiVersion: homeostat/v1
kind: Component
metadata:
  name: ${name}
spec:
  type: ${name}   # as the catalog calls it
  enabled: false
  hosts: ${hosts}
  retry: { attempts: 1 }
  rollout: { maxParallel: 2 }
  verify: { minHealthyTime: 1s, deadline: 40s }
${more}`

const file = (name: string) => join(controller.desired, `${name}.yaml`)
const healthy = (key: string) => controller.untilState(key, 'healthy.inSync')

async function say(word: 'enable' | 'disable', name: string): Promise<string> {
  const { exitCode, stdout, stderr } = await controller.cli([word, name, controller.desired])
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`${name} is ${word}d in `)])
  return stderr
}

const isActive = async (on: string, unit: string) =>
  (await lab.exec(on, ['systemctl', 'is-active', unit])).exitCode === 0

beforeAll(async () => {
  controller = await newController(lab, { resync: '2s' })
  await controller.write('hosts.yaml', host(lab, 'monitoring'), host(lab, 'dns'))
  await writeFile(file('node-exporter'), component('node-exporter', 'all'))
  const broken = '  options:\n    extraFlags: [--no-such-flag]   # wrong\n'
  await writeFile(file('alertmanager'), component('alertmanager', '[monitoring]', broken))
  await writeFile(
    file('prometheus'),
    component('prometheus', '[monitoring]', '  dependsOn: [node-exporter, { name: alertmanager, soft: true }]\n'),
  )
  controller.start()
})

afterAll(() => controller?.[Symbol.asyncDispose]())

test('what needs another is not deployed before that is proven', async () => {
  expect(await say('enable', 'prometheus')).toContain('it needs node-exporter, which is disabled')
  await controller.until('prometheus@monitoring', (now) => isBlocked(now, 'DependencyDisabled'))
  expect(await isActive('monitoring', 'prometheus.service')).toBe(false)
  expect(await say('enable', 'node-exporter')).toBe('')
  await healthy('prometheus@monitoring')
  const proven = await Promise.all(
    ['monitoring', 'dns'].map((on) => controller.untilEvent(`node-exporter@${on}`, 'Healthy')),
  )
  const started = await lab.shell(
    'monitoring',
    'systemctl show --timestamp=unix --property=ActiveEnterTimestamp prometheus',
  )
  const [, seconds] = /@(\d+)/.exec(started) ?? []
  for (const { atMs } of proven) expect(Number(seconds)).toBeGreaterThanOrEqual(Math.floor(atMs / 1000))
})

test('one that fails is taken back while the others stay up, and comes once it is put right', async () => {
  const exporter = await controller.status('node-exporter@dns')
  await say('enable', 'alertmanager')
  await controller.untilState('alertmanager@monitoring', 'rolledBack.holding')
  expect(await isActive('monitoring', 'prometheus-alertmanager.service')).toBe(false)
  expect((await controller.status('node-exporter@dns'))?.lifecycle).toEqual(exporter?.lifecycle)
  // Its new revision, which scrapes Alertmanager too, cannot be proven: it is back at the one that was.
  await controller.untilState('prometheus@monitoring', 'rolledBack.holding')
  for (const unit of ['prometheus', 'prometheus-node-exporter']) expect(await isActive('monitoring', unit)).toBe(true)

  expect(await say('disable', 'alertmanager')).toContain('it is removed from monitoring')
  await controller.untilState('alertmanager@monitoring', 'disabled.absent')
  await healthy('prometheus@monitoring')
  const text = await readFile(file('alertmanager'), 'utf8')
  await writeFile(file('alertmanager'), text.replace(/ {2}options:\n.*\n/, ''))
  await say('enable', 'alertmanager')
  await healthy('alertmanager@monitoring')
  expect(await readFile(file('alertmanager'), 'utf8')).toBe(
    component('alertmanager', '[monitoring]').replace('enabled: false', 'enabled: true'),
  )
  expect(await controller.cli(['unquarantine', 'prometheus'])).toMatchObject({ exitCode: 0 })
  await healthy('prometheus@monitoring')
})

test('what is disabled stays while it is needed, and goes with what needed it', async () => {
  await appendFile(file('node-exporter'), '# the end\n')
  expect(await say('disable', 'node-exporter')).toContain('needed by prometheus: it stays on its hosts')
  await controller.until('node-exporter@dns', (now) => isBlocked(now, 'DependentsRunning'))
  expect(await isActive('dns', 'prometheus-node-exporter')).toBe(true)
  await say('disable', 'prometheus')
  await controller.untilState('node-exporter@dns', 'disabled.absent')
  expect(await isActive('dns', 'prometheus-node-exporter')).toBe(false)
  expect(await isActive('monitoring', 'prometheus')).toBe(false)
  expect((await readFile(file('node-exporter'), 'utf8')).endsWith('# the end\n')).toBe(true)
})
