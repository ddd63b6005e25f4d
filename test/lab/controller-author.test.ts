// Who changed something by hand, as far as the host's logs tell: shown with the drift, marked as likely, and harmless.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, newController } from '../support/controller.ts'
import { configFile, custom, host, sleeper } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
let controller: Controller

const MOTD = '/etc/greeting/motd.txt'
const foundSince = async (key: string, afterId = 0) => controller.untilEvent(key, 'DriftFound', { afterId })

beforeAll(async () => {
  await lab.shell('t1', `useradd --create-home ada; echo 'ada ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ada`)
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
  const greeting = { files: [{ path: MOTD, content: 'welcome\nto this host\n' }] }
  const packaged = sleeper('packaged', ['t1'], { more: { packages: ['procps'] } })
  await controller.write(
    'all.yaml',
    custom('greeting', ['t1'], greeting),
    sleeper('stopped', ['t1']),
    packaged,
    sleeper('silent', ['t1']),
  )
  controller.start()
  await Promise.all(
    ['greeting', 'stopped', 'packaged', 'silent'].map((name) => controller.untilState(`${name}@t1`, 'healthy.inSync')),
  )
})
afterAll(() => controller?.[Symbol.asyncDispose]())

describe('drift is told with who may have made it', () => {
  test('nobody, where nobody is known: our own logins count for nothing', async () => {
    await lab.shell('t1', `chmod 666 ${configFile('silent')}`)
    expect((await foundSince('silent@t1')).message).not.toContain('likely')
  })

  test('by sudo, with the program and the file, what it said, and nothing else that was typed', async () => {
    await lab.shell('t1', `runuser -u ada -- sudo sed -i -e s/this/hunter2/ ${MOTD}`)
    const { message, details } = await foundSince('greeting@t1')
    expect(message).toMatch(new RegExp(`; likely ada, by sudo at [\\d:]{8} UTC: sed ${MOTD}$`))
    expect(details?.texts).toEqual([
      { path: MOTD, diff: '@@ -1,2 +1,2 @@\n welcome\n-to hunter2 host\n+to this host\n' },
    ])
    await controller.untilEvent('greeting@t1', 'DriftCorrected')
    const { stdout } = await controller.cli(['describe', 'greeting@t1'])
    expect(stdout).toMatch(/\n {2}likely ada, by sudo at .*\n {2}--- \/etc\/greeting\/motd\.txt\n/)
    expect(stdout).toContain('-to hunter2 host\n')
  })

  test('of a unit that was stopped', async () => {
    await lab.shell('t1', 'runuser -u ada -- sudo systemctl stop stopped')
    expect((await foundSince('stopped@t1')).message).toMatch(/; likely ada, by sudo at .* UTC: systemctl stopped$/)
  })

  test('by apt, with whoever asked for it', async () => {
    await lab.shell(
      't1',
      'runuser -u ada -- sudo env DEBIAN_FRONTEND=noninteractive apt-get remove -y --allow-remove-essential procps',
    )
    const { message } = await foundSince('packaged@t1')
    expect(message).toMatch(/; likely ada, by (apt|sudo) at .* UTC: (env )?procps$/)
  })

  test('what somebody writes into the log to look like another is cut, escaped and told as no more than likely', async () => {
    const last = (await controller.events('greeting@t1')).at(-1)?.id ?? 0
    const name = `$(printf 'x\\033[2J\\342\\200\\256')`
    await lab.shell('t1', `runuser -u ada -- sudo sh -c "echo ${name} >> ${MOTD}"`)
    const { message } = await foundSince('greeting@t1', last)
    expect(message).toMatch(/; likely ada, by sudo at [\d:]{8} UTC: sh \/etc\/greeting\/motd\.txt$/)
    const { stdout } = await controller.cli(['describe', 'greeting@t1'])
    expect(['\u001b', '\u202e'].filter((sign) => stdout.includes(sign))).toEqual([])
  })
})
