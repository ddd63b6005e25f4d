// What others may change, on a real host: left as it is, and kept when a file is written for another reason.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, newController, untilLookedAt } from '../support/controller.ts'
import { custom, host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
let controller: Controller

const reason = 'the application writes it'
const JSON_FILE = '/etc/app/app.json'
const YAML_FILE = '/etc/app/app.yaml'
const LEFT = '/etc/app/local.d/a.conf'
const ignore = [
  { path: '/etc/app/local.d/**', reason },
  { path: JSON_FILE, keys: ['server.port', 'token'], reason },
  { path: YAML_FILE, keys: ['level'], reason },
  { unit: 'app.timer', reason },
  { path: '/etc/misspelt', reason },
]

const app = (name: string, spec: Record<string, unknown> = {}) => {
  const unit = (content: string) => content.replaceAll('; ', '\n')
  const options = {
    files: [
      {
        path: JSON_FILE,
        content: `{ "server": { "port": 1, "name": "${name}" } }\n`,
        mode: '0600',
        onChange: { restart: ['app.service'] },
      },
      { path: YAML_FILE, content: `# of ${name}\nlevel: info\nname: ${name}\n` },
      { path: LEFT, content: `from ${name}\n` },
    ],
    units: [
      {
        name: 'app.service',
        content: unit('[Service]; ExecStart=/bin/sleep infinity; [Install]; WantedBy=multi-user.target; '),
      },
      {
        name: 'app.timer',
        content: unit('[Timer]; OnCalendar=yearly; Unit=app.service; [Install]; WantedBy=timers.target; '),
      },
    ],
  }
  return custom('app', ['t1'], options, { drift: { ignore }, ...spec })
}

const look = (script: string) => lab.shell('t1', script)
const started = () => look('systemctl show -P InvocationID app')

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
  await controller.write('app.yaml', app('one', { verify: { minHealthyTime: '1s', deadline: '30s', probes: [] } }))
  controller.start()
  await controller.untilState('app@t1', 'healthy.inSync')
})
afterAll(() => controller?.[Symbol.asyncDispose]())

describe('what others may change', () => {
  test('is left, with the process that runs, and told', async () => {
    const before = await started()
    await look(`
      printf '{"token": 12345678901234567890, "server": {"name": "one", "port": 7}}' > ${JSON_FILE}
      sed -i 's/info/debug/' ${YAML_FILE}
      echo theirs > ${LEFT}; chmod 600 ${LEFT}; chmod 700 /etc/app/local.d
      systemctl disable --now app.timer`)
    await untilLookedAt(controller, 't1')
    const seen = await look(
      `cat ${JSON_FILE} ${YAML_FILE} ${LEFT}; stat -c %a ${LEFT}; systemctl is-enabled app.timer || :`,
    )
    expect(seen).toBe(
      '{"token": 12345678901234567890, "server": {"name": "one", "port": 7}}# of one\nlevel: debug\nname: one\ntheirs\n600\ndisabled\n',
    )
    expect(await started()).toBe(before)
    expect((await controller.events('app@t1')).filter((event) => event.reason === 'DriftFound')).toEqual([])
    const { stdout } = await controller.cli(['describe', 'app@t1'])
    expect(stdout).toContain(`path ${JSON_FILE}: server.port, token (${reason}): differs: file:${JSON_FILE} content`)
    expect(stdout).toContain(`path /etc/misspelt (${reason}): matches nothing`)
    expect((await controller.cli(['validate', controller.desired])).stdout).toContain(
      'path /etc/misspelt matches nothing',
    )
  })

  test('stays when something else of the same file is put right', async () => {
    await look(`sed -i 's/"one"/"theirs"/' ${JSON_FILE}; sed -i 's/^name.*/name: theirs/' ${YAML_FILE}`)
    await controller.untilEvent('app@t1', 'DriftCorrected')
    await controller.untilState('app@t1', 'healthy.inSync')
    const seen = await look(`cat ${JSON_FILE}; stat -c %a ${JSON_FILE}; cat ${YAML_FILE}`)
    expect(seen).toBe(
      '{"server":{"port":7,"name":"one"},"token":12345678901234567890}\n600\n# of one\nlevel: debug\nname: one\n',
    )
  })

  test('stays with a new revision, and when that is taken back', async () => {
    await controller.write('app.yaml', app('two'))
    await controller.until('app@t1', ({ generation }) => generation === 2, { what: 'generation 2' })
    await controller.untilState('app@t1', 'healthy.inSync')
    expect(await look(`cat ${JSON_FILE} ${LEFT}`)).toBe(
      '{"server":{"port":7,"name":"two"},"token":12345678901234567890}\ntheirs\n',
    )
    const probes = [{ kind: 'command', name: 'never', argv: ['/bin/false'] }]
    await controller.write('app.yaml', app('three', { verify: { minHealthyTime: '1s', deadline: '3s', probes } }))
    await controller.untilState('app@t1', 'rolledBack.holding')
    expect(await look(`cat ${JSON_FILE} ${LEFT}`)).toBe(
      '{"server":{"port":7,"name":"two"},"token":12345678901234567890}\ntheirs\n',
    )
  })

  test('comes back where it is gone', async () => {
    await controller.write('app.yaml', app('four'))
    await controller.untilState('app@t1', 'healthy.inSync')
    const afterId = (await controller.events('app@t1')).at(-1)?.id ?? 0
    await look(`rm ${LEFT}`)
    await controller.untilEvent('app@t1', 'DriftCorrected', { afterId })
    expect(await look(`cat ${LEFT}`)).toBe('from four\n')
  })
})
