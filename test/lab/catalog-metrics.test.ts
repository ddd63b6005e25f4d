// Prometheus, Alertmanager and the node exporter on a real host, each broken in three ways that are told apart: an option that is
// refused, a dead process, a function that is lost while the port still answers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, isIn, newController, pauseBetweenLooks, untilTrue } from '../support/controller.ts'
import { type DocumentObject, host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

function component(type: string, options: Record<string, unknown> = {}, hosts = ['t1']): DocumentObject {
  const verify = { minHealthyTime: '2s', deadline: '60s' }
  const spec = { type, hosts, verify, retry: { attempts: 1 }, options }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name: type }, spec }
}
const options: Record<string, Record<string, unknown>> = {
  prometheus: { scrapeInterval: '1s', evaluationInterval: '1s' },
  alertmanager: { receivers: [{ name: 'ops', webhookUrl: 'http://127.0.0.1:9/' }] },
  'node-exporter': {},
}
const units: Record<string, string> = {
  prometheus: 'prometheus.service',
  alertmanager: 'prometheus-alertmanager.service',
  'node-exporter': 'prometheus-node-exporter.service',
}
const types = Object.keys(options)
const write = (type: string, more: Record<string, unknown> = {}) =>
  controller.write(`${type}.yaml`, component(type, { ...options[type], ...more }))
const healthy = (type: string) => controller.untilState(`${type}@t1`, 'healthy.inSync')
const allHealthy = async () => {
  for (const type of types) await healthy(type)
}
const why = (status: ComponentStatus | undefined) => JSON.stringify([status?.conditions, status?.lastProbes])
const lastId = async (key: string) => (await controller.events(key)).at(-1)?.id ?? 0

/** The component is not well any more, and says why: as it is then. */
function notices(type: string, reason: string): Promise<ComponentStatus> {
  const isUnwell = (now: ComponentStatus) => !isIn(now, 'healthy.inSync') && why(now).includes(reason)
  return controller.until(`${type}@t1`, isUnwell, { what: `not well because of: ${reason}` })
}

beforeAll(async () => {
  controller = await newController(lab, { resync: '2s' })
  await controller.write('hosts.yaml', host(lab, 't1'))
  for (const type of types) await write(type)
  controller.start()
  await allHealthy()
})
afterAll(() => controller?.[Symbol.asyncDispose]())

describe.each(types)('%s', (type) => {
  const key = `${type}@t1`

  test('goes back when it is given a flag that it does not know', async () => {
    await write(type, { extraFlags: ['--no-such-flag'] })
    const rolledBack = await controller.untilState(key, 'rolledBack.holding')
    expect(why(rolledBack)).toContain('no-such-flag')
    expect(rolledBack.lastGood).toBeDefined()
    await write(type)
    await allHealthy()
  })

  test('is started again when it was stopped', async () => {
    const afterId = await lastId(key)
    await lab.shell('t1', `systemctl stop ${units[type]}`)
    const { message } = await controller.untilEvent(key, 'DriftFound', { afterId })
    expect(message).toContain(`unit:${units[type]}`)
    await allHealthy()
  })

  test('is found to hang while its port takes connections', async () => {
    await lab.shell('t1', `systemctl kill --signal=STOP ${units[type]}`)
    await notices(type, 'had no complete answer within')
    await lab.shell('t1', `systemctl kill --signal=CONT ${units[type]}`)
    await allHealthy()
  })
})

describe('while every page answers', () => {
  test('Prometheus is found to reach a target no more', async () => {
    await lab.shell('t1', `systemctl kill --signal=STOP ${units['node-exporter']}`)
    const unwell = await notices('prometheus', 'node t1:9100')
    expect(why(unwell)).toMatch(/\/-\/ready on t1 answered 200/)
    await lab.shell('t1', `systemctl kill --signal=CONT ${units['node-exporter']}`)
    await allHealthy()
  })

  test('Prometheus is found to run another configuration than the one that lies there', async () => {
    const config = '/etc/homeostat/prometheus/prometheus.yml'
    const running = () => lab.shell('t1', 'curl -sS http://127.0.0.1:9090/api/v1/status/config')
    await pauseBetweenLooks(controller, 't1')
    await lab.shell(
      't1',
      `cp -p ${config} /root/kept && sed -i 's/scrape_interval: .*/scrape_interval: 1h/' ${config} && systemctl reload prometheus`,
    )
    await untilTrue('it runs that', async () => (await running()).includes('scrape_interval: 1h'))
    await lab.shell('t1', `cp -p /root/kept ${config}`)
    controller.resume()
    await untilTrue('it runs ours again', async () => /"global:\\n {2}scrape_interval: 1s\\n/.test(await running()))
    await allHealthy()
    const { lastProbes } = (await controller.status('prometheus@t1')) ?? { lastProbes: [] }
    expect(lastProbes).toContainEqual(expect.objectContaining({ name: 'configuration is ours', passed: true }))
  })

  test('Alertmanager is found to run another configuration than the one that lies there', async () => {
    const config = '/etc/homeostat/alertmanager/alertmanager.yml'
    const afterId = await lastId('alertmanager@t1')
    await pauseBetweenLooks(controller, 't1')
    await lab.shell(
      't1',
      `cp -p ${config} /root/kept && sed -i 's/group_wait: .*/group_wait: 1h/' ${config} && systemctl reload ${units.alertmanager}`,
    )
    const running = () => lab.shell('t1', 'curl -sS http://127.0.0.1:9093/api/v2/status')
    await untilTrue('it runs that', async () => (await running()).includes('group_wait: 1h'))
    await lab.shell('t1', `cp -p /root/kept ${config}`)
    controller.resume()
    await controller.untilEvent('alertmanager@t1', 'DriftFound', { afterId })
    await allHealthy()
    expect(await running()).not.toContain('group_wait: 1h')
  })

  test('the node exporter is found to have a file of metrics that cannot be read', async () => {
    const textfile = '/var/lib/prometheus/node-exporter/broken.prom'
    await lab.shell('t1', `echo 'this is no metric' > ${textfile}`)
    await notices('node-exporter', 'node_textfile_scrape_error')
    await lab.shell('t1', `rm ${textfile}`)
    await allHealthy()
  })
})

test('a Prometheus that was taken back because another host was down is tried again when that is up', async () => {
  const key = 'prometheus@t1'
  const isWaiting = ({ conditions }: ComponentStatus) =>
    conditions.some(({ type, reason, message }) => {
      return type === 'Blocked' && reason === 'WaitsForOthers' && message.includes('node-exporter@t2')
    })
  const afterId = await lastId(key)
  await lab.powerCut('t2')
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  await controller.write('node-exporter.yaml', component('node-exporter', {}, ['t1', 't2']))
  const taken = await controller.until(key, isWaiting, { what: 'taken back, and waiting for t2' })
  expect(isIn(taken, 'rolledBack.holding')).toBe(true)
  expect(why(taken)).toContain('t2:9100')
  await lab.start('t2')
  await controller.untilState('node-exporter@t2', 'healthy.inSync')
  await controller.untilState(key, 'healthy.inSync')
  const { message } = await controller.untilEvent(key, 'TriedAgain', { afterId })
  expect(message).toContain('node-exporter@t2 is healthy again')
  expect(await lab.shell('t1', 'curl -sS http://127.0.0.1:9090/api/v1/targets')).toContain('t2:9100')
})
