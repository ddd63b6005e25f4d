// The desired state that is shipped, unchanged, on the four hosts that it names.
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Controller, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { ledger, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const hosts = ['monitoring', 'postgresql', 'caddy', 'dns']
const lab = await useLab(...hosts)
const desired = resolve(import.meta.dirname, '../../desired-state')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab, { desired })
})
afterAll(() => controller[Symbol.asyncDispose]())

const keys = [...hosts.map((host) => `node-exporter@${host}`), 'alertmanager@monitoring', 'prometheus@monitoring']
const ledgers = () => Promise.all(hosts.map((host) => ledger(lab, host)))
const untilItHolds = (host: string, script: string) =>
  untilTrue(`${host}: ${script}`, async () => (await lab.exec(host, ['sh', '-c', script])).exitCode === 0)
const onMonitoring = async (path: string) =>
  JSON.parse(await lab.shell('monitoring', `curl -sS http://127.0.0.1:9090${path}`))

test('plan says what would be changed on the fresh hosts, and changes nothing', async () => {
  const { exitCode, stdout } = await controller.cliWithSsh(['plan', desired])
  for (const key of keys) expect(stdout).toContain(`${key}:`)
  expect(stdout).toContain('6 of 6 to change, 0 not seen, 0 problems')
  expect(exitCode).toBe(1)
  for (const host of hosts) expect(await lab.shell(host, 'ls -A /var/lib/homeostat 2>/dev/null || true')).toBe('')
})

test('it is healthy within three minutes, and every machine of the manifest is scraped', async () => {
  controller.start()
  for (const key of keys) await controller.untilState(key, 'healthy.inSync', 170_000)
  await untilProven(lab, 'monitoring', 'node-exporter', 'alertmanager', 'prometheus')
  for (const host of hosts) await untilProven(lab, host, 'node-exporter')
  expect((await controller.statuses()).map(({ key }) => key).sort()).toEqual([...keys].sort())

  const { data } = await onMonitoring('/api/v1/query?query=up')
  const up = data.result.map(({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => [
    `${metric.job} ${metric.instance}`,
    value[1],
  ])
  expect(up.filter(([, value]: [string, string]) => value !== '1')).toEqual([])
  expect(up.filter(([name]: [string]) => name.startsWith('node '))).toHaveLength(hosts.length)
  // Deployed in the order that is written: Prometheus waited for what it depends on.
  const healthyAtMs = async (key: string) => (await controller.untilEvent(key, 'Healthy')).atMs
  const appliedAtMs = (await controller.untilEvent('prometheus@monitoring', 'Applied')).atMs
  for (const key of keys.filter((key) => key.startsWith('node-')))
    expect(appliedAtMs).toBeGreaterThan(await healthyAtMs(key))
}, 180_000)

test('further passes, and a controller that is started again, change nothing', async () => {
  const before = await ledgers()
  for (const host of hosts) await untilLookedAt(controller, host)
  expect(await controller.stop()).toBe(0)
  controller.start()
  for (const host of hosts) await untilLookedAt(controller, host)
  expect(await ledgers()).toEqual(before)
  for (const { key, generation } of await controller.statuses()) expect(generation, key).toBe(1)
})

test('plan finds nothing to change', async () => {
  const { exitCode, stdout } = await controller.cliWithSsh(['plan', desired])
  expect(stdout).toBe('0 of 6 to change, 0 not seen, 0 problems in the desired state\n')
  expect(exitCode).toBe(0)
})

test('hand-made drift of each is put back', async () => {
  await lab.shell('monitoring', 'systemctl stop prometheus-alertmanager')
  await lab.shell(
    'monitoring',
    "sed -i 's/scrape_interval: .*/scrape_interval: 1h/' /etc/homeostat/prometheus/prometheus.yml && systemctl reload prometheus",
  )
  await lab.shell('dns', 'apt-get -y -q remove prometheus-node-exporter')
  for (const key of ['alertmanager@monitoring', 'prometheus@monitoring', 'node-exporter@dns'])
    await controller.untilEvent(key, 'DriftCorrected')
  const { data } = await onMonitoring('/api/v1/status/config')
  expect(data.yaml).not.toContain('1h')
  // A look in the middle of apt-get's work finds the unit stopped and corrects that first; the package follows.
  await untilItHolds('monitoring', 'systemctl is-active prometheus-alertmanager')
  await untilItHolds('dns', 'dpkg-query -s prometheus-node-exporter | grep -q "ok installed"')
  await untilItHolds('dns', 'systemctl is-active prometheus-node-exporter')
})
