// A change that cannot work is taken back to what ran before, said why, and not tried again; what depends on it waits.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, isBlocked, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, type DocumentObject, host, sleeper } from '../support/desired-yaml.ts'
import { ledger, operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const ran = async (name: string) => (await operations(lab, 't1')).filter((id) => id.startsWith(`${name}-`))
const reasons = async (key: string) => (await controller.events(key)).map(({ reason }) => reason)
const active = async (host: string, unit: string) =>
  (await lab.exec(host, ['systemctl', 'is-active', unit])).stdout.trim()

/** Prometheus alone on t1; one that is proven quickly. */
function prometheus(options: Record<string, unknown>): DocumentObject {
  const verify = { minHealthyTime: '2s', deadline: '60s' }
  const spec = { type: 'prometheus', hosts: ['t1'], verify, options: { scrapeInterval: '1s', ...options } }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name: 'prometheus' }, spec }
}
const badFlag = { extraFlags: ['--no-such-flag'] }

describe('an option that Prometheus accepts in its configuration and dies of when it starts', () => {
  test('on the first deploy goes back to nothing', async () => {
    await controller.write('prometheus.yaml', prometheus(badFlag))
    const status = await controller.untilState('prometheus@t1', 'rolledBack.holding')
    expect(await reasons('prometheus@t1')).toContain('RollingBack')
    expect(JSON.stringify(status.conditions)).toContain('no-such-flag')
    expect(
      await lab.shell(
        't1',
        'ls /etc/homeostat 2>/dev/null || true; ls /etc/systemd/system | grep -c prometheus || true',
      ),
    ).toBe('0\n')
    expect(await active('t1', 'prometheus')).not.toBe('active')
    expect(status).toMatchObject({ desired: expect.any(String) })
    expect(status.lastGood).toBeUndefined()
  })

  test('and the repaired one is deployed', async () => {
    await controller.write('prometheus.yaml', prometheus({ retention: '7d' }))
    await controller.untilState('prometheus@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'prometheus')
    expect(await active('t1', 'prometheus')).toBe('active')
  })

  test('later goes back to what ran before, which is verified again, and is not tried again', async () => {
    const good = await controller.status('prometheus@t1')
    await controller.write('prometheus.yaml', prometheus({ retention: '9d', ...badFlag }))
    const status = await controller.untilState('prometheus@t1', 'rolledBack.holding')
    expect(status.lastGood).toBe(good?.desired)
    expect(status.lastProbes.every(({ passed }) => passed)).toBe(true)
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'RolledBack', status: 'True', message: expect.stringContaining('no-such-flag') }),
    )
    expect(await lab.shell('t1', 'curl -s http://127.0.0.1:9090/api/v1/status/flags')).toContain(
      '"storage.tsdb.retention.time":"1w"',
    )
    expect((await recordOf(lab, 't1', 'prometheus')).filter((line) => line.startsWith('rejected '))).toHaveLength(2)

    await untilLookedAt(controller, 't1')
    const before = await ledger(lab, 't1')
    await untilLookedAt(controller, 't1')
    await controller.cli(['reconcile', 'prometheus@t1'])
    await untilLookedAt(controller, 't1')
    // Not by a restart of the controller either.
    await controller.stop()
    controller.start()
    await untilLookedAt(controller, 't1')
    expect(await ledger(lab, 't1')).toBe(before)
    expect((await controller.status('prometheus@t1'))?.desired).toBe(status.desired)
  })

  test('and what ran before is kept as it is meanwhile', async () => {
    await lab.shell('t1', 'systemctl stop prometheus')
    await controller.untilEvent('prometheus@t1', 'DriftCorrected')
    expect(await active('t1', 'prometheus')).toBe('active')
    await controller.untilState('prometheus@t1', 'rolledBack.holding')
  })

  test('and the next good one is deployed', async () => {
    await controller.write('prometheus.yaml', prometheus({ retention: '9d' }))
    await controller.untilState('prometheus@t1', 'healthy.inSync')
    expect(await lab.shell('t1', 'curl -s http://127.0.0.1:9090/api/v1/status/flags')).toContain(
      '"storage.tsdb.retention.time":"9d"',
    )
  })
})

describe('a change', () => {
  test('that its checker refuses touches nothing that runs', async () => {
    const checked = (config: string) =>
      sleeper('checked', ['t1'], {
        config,
        more: {
          files: [{ path: '/etc/checked/rules', content: config, validate: ['grep', '-q', 'good', '{staged}'] }],
        },
      })
    await controller.write('checked.yaml', checked('good'))
    await controller.untilState('checked@t1', 'healthy.inSync')
    await controller.write('checked.yaml', checked('bad'))
    const status = await controller.untilState('checked@t1', 'rolledBack.holding')
    expect(await starts(lab, 't1', 'checked')).toEqual(['good'])
    expect(await lab.shell('t1', `cat /etc/checked/rules ${configFile('checked')}`)).toBe('goodgood\n')
    expect(JSON.stringify(status.conditions)).toContain('validate file:/etc/checked/rules')
    expect((await ran('checked')).length).toBeLessThanOrEqual(3)
  })

  test('that runs and does not prove itself in time is taken back', async () => {
    const proven = (config: string) => {
      const probes = [{ kind: 'command', argv: ['grep', '-q', 'good', configFile('unproven')] }]
      return sleeper('unproven', ['t1'], {
        config,
        more: { probes },
        spec: { verify: { minHealthyTime: '1s', deadline: '4s' } },
      })
    }
    await controller.write('unproven.yaml', proven('good'))
    await controller.untilState('unproven@t1', 'healthy.inSync')
    await controller.write('unproven.yaml', proven('bad'))
    await controller.untilState('unproven@t1', 'rolledBack.holding')
    expect(await starts(lab, 't1', 'unproven')).toEqual(['good', 'bad', 'good'])
  })
})

describe('what depends on another component', () => {
  const base = (config: string) => {
    const probes = [{ kind: 'command', argv: ['grep', '-q', 'good', configFile('base')] }]
    return sleeper('base', ['t1'], {
      config,
      more: { probes },
      spec: { verify: { minHealthyTime: '2s', deadline: '4s' } },
    })
  }
  const top = (config: string) =>
    sleeper('top', ['t2'], { config, spec: { dependsOn: ['base'], verify: { minHealthyTime: '1s' } } })

  test('is deployed only after that one is healthy, and at once then', async () => {
    await controller.write('top.yaml', top('one'))
    await controller.write('base.yaml', base('good'))
    const blocked = await controller.until('top@t2', (status) => isBlocked(status, 'DependencyNotHealthy'))
    expect(JSON.stringify(blocked.conditions)).toContain('base@t1')
    expect(await operations(lab, 't2')).toEqual([])
    const { atMs: healthyAtMs } = await controller.untilEvent('base@t1', 'Healthy')
    const { details } = await controller.untilEvent('top@t2', 'Applied')
    expect(details).toMatchObject({ generation: 1 })
    await controller.untilState('top@t2', 'healthy.inSync')
    const begunAtMs = Number(await lab.shell('t2', "sed -n 's/^started //p' /var/lib/homeostat/ops/top-*/result"))
    expect(begunAtMs).toBeGreaterThan(healthyAtMs)
    expect(begunAtMs - healthyAtMs).toBeLessThan(10_000)
  })

  test('keeps running when that one fails; a change of it waits, with the reason', async () => {
    await controller.write('base.yaml', base('bad'))
    await controller.untilState('base@t1', 'rolledBack.holding')
    expect(await starts(lab, 't2', 'top')).toEqual(['one'])
    await controller.write('top.yaml', top('two'))
    const blocked = await controller.until('top@t2', (status) => isBlocked(status, 'DependencyNotHealthy'))
    expect(JSON.stringify(blocked.conditions)).toContain('base@t1')
    await untilLookedAt(controller, 't2')
    expect(await starts(lab, 't2', 'top')).toEqual(['one'])

    await controller.write('base.yaml', base('good again'))
    await untilTrue('the change went through', async () => (await starts(lab, 't2', 'top')).at(-1) === 'two')
    await controller.untilState('top@t2', 'healthy.inSync')
  })
})
