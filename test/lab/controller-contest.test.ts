// Real hosts on which somebody else has his way: another program that keeps editing, a person who stops a service, a policy that
// only tells.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus, ConditionType } from '../../src/model/status.ts'
import { type Controller, newController, pauseBetweenLooks } from '../support/controller.ts'
import { configFile, custom, host, sleeper, startsFile } from '../support/desired-yaml.ts'
import { operations, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const condition = ({ conditions }: ComponentStatus, type: ConditionType) => conditions.find((one) => one.type === type)
const isContested = (status: ComponentStatus) => condition(status, 'Drifted')?.reason === 'Contested'
const isReady = (status: ComponentStatus) => condition(status, 'Ready')?.status === 'True'
const content = async (on: string, path: string) => (await lab.shell(on, `cat ${path}`)).trim()
const ran = async (on: string, name: string) => (await operations(lab, on)).filter((id) => id.startsWith(`${name}-`))

/** Another program on the host that wants this file to say something else, and looks ten times a second. */
const intrude = (on: string, path: string) =>
  lab.shell(
    on,
    `systemd-run --quiet --unit=intruder sh -c 'while sleep 0.1; do [ "$(cat ${path})" = theirs ] || echo theirs > ${path}; done'`,
  )
const endIntrusion = (on: string) => lab.shell(on, 'systemctl stop intruder')

describe('a file that another program keeps changing', () => {
  const key = 'fought@t1'
  const second = '/etc/fought/second.conf'

  test('is put back three times, and then left and said so', async () => {
    const files = [{ path: second, content: 'second\n', mode: '0644', validate: ['sh', '-c', 'test -s {staged}'] }]
    await controller.write('fought.yaml', sleeper('fought', ['t1'], { more: { files } }))
    await controller.untilState(key, 'healthy.inSync')
    await untilProven(lab, 't1', 'fought')
    await intrude('t1', configFile('fought'))
    const status = await controller.until(key, isContested, { what: 'contested' })
    expect(condition(status, 'Drifted')?.message).toBe(
      `file:${configFile('fought')} content: put back 3 times within 30 minutes and changed again; left as it is until it is ` +
        `right by itself, the spec changes, or somebody asks: homeostat reconcile ${key}`,
    )
    await controller.untilEvent(key, 'Contested')
    const settled = await controller.untilState(key, 'healthy.drifted')
    expect(isReady(settled)).toBe(true)
    // The deploy and three corrections; and the process runs on with what it has.
    const before = await starts(lab, 't1', 'fought')
    expect(await ran('t1', 'fought')).toHaveLength(4)
    await lab.shell('t1', 'sleep 15')
    expect(await ran('t1', 'fought')).toHaveLength(4)
    expect(await starts(lab, 't1', 'fought')).toEqual(before)
    expect(await content('t1', configFile('fought'))).toBe('theirs')
  })

  test('does not keep another file of the component from being put back, its checker included', async () => {
    const before = await starts(lab, 't1', 'fought')
    const afterId = (await controller.events(key)).at(-1)?.id ?? 0
    await lab.shell('t1', `echo by hand > ${second}`)
    await controller.untilEvent(key, 'DriftCorrected', { afterId })
    await controller.untilState(key, 'healthy.drifted')
    expect(await content('t1', second)).toBe('second')
    expect(await content('t1', configFile('fought'))).toBe('theirs')
    expect(await starts(lab, 't1', 'fought')).toEqual(before)
  })

  test('is put back when somebody asks, who is told so', async () => {
    await endIntrusion('t1')
    const asked = await controller.cli(['reconcile', 'fought@t1'])
    expect(asked).toMatchObject({
      exitCode: 0,
      stdout: `component/${key} is put back again, contested as it is: file:${configFile('fought')} content\n`,
    })
    await controller.until(key, (status) => !isContested(status) && isReady(status), { what: 'over' })
    await controller.untilState(key, 'healthy.inSync')
    expect(await content('t1', configFile('fought'))).toBe('one')
    await controller.untilEvent(key, 'Asked')
  })
})

describe('a new revision that another program keeps changing', () => {
  test('is failed at its deadline for that reason, and taken back', async () => {
    const spec = { verify: { minHealthyTime: '3s', deadline: '45s' } }
    await controller.write('spoilt.yaml', sleeper('spoilt', ['t2'], { spec }))
    await controller.untilState('spoilt@t2', 'healthy.inSync')
    await intrude('t2', configFile('spoilt'))
    await controller.write('spoilt.yaml', sleeper('spoilt', ['t2'], { config: 'two', spec }))
    const status = await controller.untilState('spoilt@t2', 'rolledBack.holding')
    expect(condition(status, 'RolledBack')).toMatchObject({
      status: 'True',
      reason: 'Contested',
      message: expect.stringContaining(`file:${configFile('spoilt')} content`),
    })
    await endIntrusion('t2')
    expect((await controller.cli(['reconcile', 'spoilt'])).stdout).toMatch(/^component\/spoilt@t2 is put back again/)
    await controller.until('spoilt@t2', (now) => condition(now, 'Drifted')?.status === 'False', { what: 'in sync' })
    expect(await content('t2', configFile('spoilt'))).toBe('one')
  })
})

describe('a component whose drift is only told', () => {
  const key = 'told@t2'

  test('is shown as degraded and failed when its process dies, which is started again; the drift stays', async () => {
    await controller.write('told.yaml', sleeper('told', ['t2'], { spec: { drift: { mode: 'warn' } } }))
    await controller.untilState(key, 'healthy.inSync')
    await lab.shell('t2', `chmod 600 ${configFile('told')}`)
    const drifted = await controller.untilState(key, 'healthy.drifted')
    expect(condition(drifted, 'Drifted')).toMatchObject({
      reason: 'DriftNotCorrected',
      message: `drift.mode is warn: update file:${configFile('told')}: mode 0600 → 0640`,
    })
    expect(isReady(drifted)).toBe(true)
    await lab.shell('t2', 'systemctl kill --signal=KILL told')
    const degraded = await controller.untilState(key, 'healthy.degraded')
    expect([isReady(degraded), condition(degraded, 'Drifted')?.status]).toEqual([false, 'True'])
    await controller.untilState(key, 'failed')
    await controller.until(key, isReady, { what: 'ready again' })
    expect(await lab.shell('t2', `systemctl is-active told; stat -c %a ${configFile('told')}`)).toBe('active\n600\n')
  })

  test('is shown as not ready when somebody stops it, and is left stopped', async () => {
    const before = await starts(lab, 't2', 'told')
    await lab.shell('t2', 'systemctl stop told')
    await controller.untilState(key, 'healthy.degraded')
    await controller.untilState(key, 'failed')
    await lab.shell('t2', 'sleep 12')
    expect(await starts(lab, 't2', 'told')).toEqual(before)
    expect(isReady((await controller.status(key)) as ComponentStatus)).toBe(false)
    await lab.shell('t2', 'systemctl start told')
    await controller.until(key, isReady, { what: 'ready again' })
  })
})

describe('a file that the service could not read for a while', () => {
  const path = '/etc/blind/blind.conf'
  const started = () => starts(lab, 't1', 'blind')

  test('gets its mode back, and is read again by the process that was started in between', async () => {
    const note = `{ cat ${path} || echo nothing; } >> ${startsFile('blind')} 2>/dev/null`
    const unit = `[Service]
User=games
ExecStartPre=+/bin/sh -c 'touch ${startsFile('blind')}; chown games ${startsFile('blind')}'
ExecStartPre=/bin/sh -c '${note}'
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`
    const options = {
      units: [{ name: 'blind.service', content: unit }],
      files: [{ path, content: 'one\n', mode: '0640', group: 'games', onChange: { restart: ['blind.service'] } }],
    }
    await controller.write('blind.yaml', custom('blind', ['t1'], options))
    await controller.untilState('blind@t1', 'healthy.inSync')
    expect(await started()).toEqual(['one'])

    // Nothing but the mode changed, and the process has read the file: it runs on.
    await pauseBetweenLooks(controller, 't1')
    await lab.shell('t1', `chmod 600 ${path}`)
    controller.resume()
    const { id = 0 } = await controller.untilEvent('blind@t1', 'DriftCorrected')
    await controller.untilState('blind@t1', 'healthy.inSync')
    expect([await lab.shell('t1', `stat -c %a ${path}`), await started()]).toEqual(['640\n', ['one']])

    // It was started anew while it could not read it, and runs with nothing.
    await pauseBetweenLooks(controller, 't1')
    await lab.shell('t1', `chmod 600 ${path}; systemctl restart blind`)
    expect(await started()).toEqual(['one', 'nothing'])
    controller.resume()
    await controller.untilEvent('blind@t1', 'DriftCorrected', { afterId: id })
    await controller.untilState('blind@t1', 'healthy.inSync')
    expect(await started()).toEqual(['one', 'nothing', 'one'])
  })
})
