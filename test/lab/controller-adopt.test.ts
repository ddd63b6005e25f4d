// What was changed on a real host and is only told becomes what is written; what could not be taken over is put back with that.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Controller, newController } from '../support/controller.ts'
import { host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
let controller: Controller

const written = `# Whoever reads this should know why.
apiVersion: homeostat/v1
kind: Component
metadata: { name: web }
spec:
  type: custom
  hosts: [t1] # one is enough
  drift: { mode: warn }
  verify: { minHealthyTime: 1s, deadline: 30s }
  options:
    files:
      - path: /etc/web/web.conf
        content: |
          workers = 2
      - { path: /etc/web/private.conf, content: "a = 1", mode: "0600" }
    units:
      - { name: web.timer, content: "[Timer]\\nOnCalendar=yearly\\nUnit=web.service\\n[Install]\\nWantedBy=timers.target\\n" }
      - { name: web.service, running: false, enabled: false, content: "[Service]\\nExecStart=/bin/true\\n" }
`

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
  await controller.write('web.yaml', written)
  controller.start()
  await controller.untilState('web@t1', 'healthy.inSync')
})
afterAll(() => controller?.[Symbol.asyncDispose]())

test('a file, its mode and a unit that is disabled are taken over; what may be a secret is not', async () => {
  await lab.shell(
    't1',
    `printf 'workers = 4\\n# for the fair\\n' > /etc/web/web.conf; chmod 640 /etc/web/private.conf; echo 'a = 2' > /etc/web/private.conf
    chmod 664 /etc/web/web.conf; systemctl disable --quiet web.timer`,
  )
  await controller.untilState('web@t1', 'healthy.drifted')
  const done = await controller.cliWithSsh(['adopt', 'web@t1', controller.desired, '--write'])
  expect([done.exitCode, done.stderr]).toEqual([
    1,
    'web@t1: not adopted: file:/etc/web/private.conf content: not taken over: not everybody on the host may read it, or it is no text of at most 64 KiB; it may hold a secret\n' +
      'what is not adopted is put back once the rest is written: a new revision is brought about whole\n',
  ])
  expect(await readFile(join(controller.desired, 'web.yaml'), 'utf8')).toBe(
    written
      .replace('workers = 2\n', 'workers = 4\n          # for the fair\n')
      .replace('web.conf\n', 'web.conf\n        mode: "0664"\n')
      .replace('mode: "0600"', 'mode: "0640"')
      .replace('name: web.timer,', 'name: web.timer, enabled: false,'),
  )
  // It is a new revision, which is brought about whole: what was not taken over is put back with it.
  await controller.until('web@t1', ({ generation }) => generation === 2, { what: 'generation 2' })
  await controller.untilState('web@t1', 'healthy.inSync')
  const look =
    'cat /etc/web/web.conf /etc/web/private.conf; stat -c %a /etc/web/web.conf; systemctl is-enabled web.timer || :'
  expect(await lab.shell('t1', look)).toBe('workers = 4\n# for the fair\na = 1664\ndisabled\n')
})
