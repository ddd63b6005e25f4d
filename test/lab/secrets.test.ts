// Secrets on a real host: they arrive where they are meant to be, are seen nowhere else, and only their consumers notice them.
import { appendFile, chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canariesBelow, canariesIn, canariesOn, sampleProcesses } from '../support/canary.ts'
import { type Controller, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { custom, host, sleeper } from '../support/desired-yaml.ts'
import { operations, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'
import { identityOf, type SopsHome, sopsHome } from '../support/sops.ts'

const lab = await useLab('t1')
const ref = (inner: string) => `\${secret:${inner}}`

// Every encoding of them is another text.
const first = `c4n4ry "one's" & ü/+%\\ >>>???~~~ end of it`
const second = `c4n4ry "two's" & ö/+%\\ >>>???~~~ end of it`
const shown = `c4n4ry "three's" & ä/+%\\ >>>???~~~ end of it`
const values = [first, second, shown]
const leaked = `c4n4ry "four's" & ö/+%\\ >>>???~~~ end of it`

let controller: Controller
let home: SopsHome
const sopsFile = () => join(controller.desired, 'secrets.sops.yaml')

beforeAll(async () => {
  home = await sopsHome()
  // Every line of the log is kept, in a file of the state directory.
  controller = await newController(lab, {
    more: ['--age-key', home.keyFile, '--view', 'lines', '--log-level', 'trace'],
  })
  await writeFile(join(controller.home, '.sops.yaml'), `creation_rules: [{ age: ${identityOf('identity').recipient} }]`)
  await set('canary/value', first)
  await set('canary/shown', shown)
  await controller.write('hosts.yaml', host(lab, 't1'))
  await controller.write('bystander.yaml', sleeper('bystander', ['t1']))
  await controller.write('canary.yaml', canary())
})
afterAll(async () => {
  await controller?.[Symbol.asyncDispose]()
  await home?.[Symbol.asyncDispose]()
})

async function set(name: string, value: string): Promise<void> {
  const words = ['secrets', 'set', name, '--dir', controller.desired, '--age-key', home.keyFile]
  const { exitCode, stderr } = await controller.cli(words, 60_000, value)
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
}

/** A service that gets its secret as a credential and in a configuration file, and one that wants it in a header. */
function canary(more: Record<string, unknown> = {}) {
  const unit = `[Service]
LoadCredential=password:/etc/canary/credential
ExecStartPre=/bin/sh -c 'sha256sum < "$CREDENTIALS_DIRECTORY/password" | cut -c 1-12 >> /var/lib/canary.starts'
ExecStart=/bin/sleep infinity
`
  const socket = '[Socket]\nListenStream=127.0.0.1:8099\nAccept=yes\n[Install]\nWantedBy=sockets.target\n'
  const answering = '[Service]\nExecStart=/etc/canary/answer\nStandardInput=socket\nStandardError=null\n'
  const answer = `#!/bin/sh
while read -r line; do case $line in [Aa]uthorization*) said=\${line#*: } ;; ?) break ;; esac; done
expected="Basic $(printf 'app:%s' "$(cat /etc/canary/credential)" | base64 -w 0)"
[ "\${said%?}" = "$expected" ] && status='200 OK' || status='401 Unauthorized'
printf 'HTTP/1.1 %s\\r\\nConnection: close\\r\\n\\r\\n%s\\n' "$status" "$said"
`
  const restart = () => ({ restart: ['canary.service'] })
  return custom('canary', ['t1'], {
    files: [
      { path: '/etc/canary/credential', content: ref('canary/value'), onChange: restart() },
      {
        path: '/etc/canary/conf',
        content: `user=app\npassword=${ref('canary/value')}\n`,
        mode: '0640',
        validate: ['grep', '-q', '^user=', '{staged}'],
        onChange: restart(),
      },
      { path: '/etc/canary/answer', content: answer, mode: '0755' },
      { path: '/etc/systemd/system/canary-http@.service', content: answering },
    ],
    units: [
      { name: 'canary.service', content: unit, enabled: false },
      { name: 'canary-http.socket', content: socket },
    ],
    probes: [{ kind: 'http', port: 8099, headers: { Authorization: `Basic ${ref('canary/value|basic:app')}` } }],
    ...more,
  })
}

const holders = ['/etc/canary/conf', '/etc/canary/credential']
/** The copies of generations, which root alone can read, are told apart. */
const withoutKept = async () => {
  const found = await canariesOn(lab, 't1', values)
  const isKept = (path: string) =>
    /^\/var\/lib\/homeostat\/components\/canary\/generations\/\d+\/files\/[0-9a-f]{64}$/.test(path)
  expect(found.filter(isKept)).not.toEqual([])
  return found.filter((path) => !isKept(path))
}
const contents = async () => (await lab.shell('t1', 'cat /etc/canary/credential /etc/canary/conf')).split('user=app\n')

describe('a secret', () => {
  test('is found by those who look for it, so that what they do not find is not there', async () => {
    const sampling = sampleProcesses([leaked])
    await lab.exec('t1', ['sh', '-c', 'sleep 10', 'sh', leaked])
    const { found, samples } = await sampling.stop()
    expect(samples).toBeGreaterThan(4)
    expect(found).toEqual(expect.arrayContaining([expect.stringMatching(/cmdline of process \d+: value 0 as plain/)]))
    const hex = Buffer.from(leaked).toString('hex')
    await lab.shell('t1', `echo ${hex} > /var/tmp/leak; echo ${hex} | systemd-cat`)
    const places = await canariesOn(lab, 't1', [leaked])
    expect(places).toEqual(expect.arrayContaining(['/var/tmp/leak', 'journal']))
    await appendFile(join(home.path, 'leak'), Buffer.from(leaked).toString('base64url'))
    expect(await canariesBelow(home.path, [leaked])).toEqual([`${home.path}/leak: value 0 as base64url`])
  })

  test('arrives during a deploy where it is meant to be, and is nowhere else', async () => {
    const sampling = sampleProcesses(values)
    controller.start()
    await controller.untilState('canary@t1', 'healthy.inSync')
    await controller.untilState('bystander@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'canary', 'bystander')
    const { found, samples } = await sampling.stop()

    expect(await contents()).toEqual([first, `password=${first}\n`])
    expect(await lab.shell('t1', `stat -c '%a %U' ${holders.join(' ')}`)).toBe('640 root\n600 root\n')
    expect(samples).toBeGreaterThan(20)
    expect(found).toEqual([])
    expect(await withoutKept()).toEqual(holders)
    await nothingTold()
  })

  test('that changes is noticed by those who use it, and by nobody else', async () => {
    const before = await operations(lab, 't1')
    const afterId = (await controller.events('canary@t1')).at(-1)?.id ?? 0
    const sampling = sampleProcesses(values)
    await set('canary/value', second)
    expect(await controller.untilEvent('canary@t1', 'Applied', { afterId })).toMatchObject({ cause: 'secret' })
    expect((await contents())[0]).toBe(second)
    await controller.untilState('canary@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'canary')
    expect((await sampling.stop()).found).toEqual([])

    const [old, now] = await starts(lab, 't1', 'canary')
    expect((await starts(lab, 't1', 'canary')).length).toBe(2)
    expect(now).not.toBe(old)
    expect(await starts(lab, 't1', 'bystander')).toHaveLength(1)
    const news = (await operations(lab, 't1')).filter((id) => !before.includes(id))
    expect(news).toEqual([expect.stringMatching(/^canary-/)])
    expect(await withoutKept()).toEqual(holders)
    await nothingTold()
  })

  test('in a file that somebody changes is put back, and told without a digest to try guesses on', async () => {
    await lab.shell('t1', `sed -i s/c4n4ry/c4t/ ${holders[0]}`)
    const { message } = await controller.untilEvent('canary@t1', 'DriftFound')
    expect(message).toMatch(/update file:\/etc\/canary\/conf: content something else → what is written/)
    await untilTrue('it is put back', async () => (await contents())[1] === `password=${second}\n`)
    await controller.untilState('canary@t1', 'healthy.inSync')
    expect(JSON.stringify(await controller.status('canary@t1'))).not.toContain('sha256:')
    await nothingTold()
  })

  test('is masked in what a checker, a service and an answer say of it', async () => {
    const loud = custom(
      'loud',
      ['t1'],
      {
        files: [
          {
            path: '/etc/loud',
            content: `\nkey = ${ref('canary/shown')}\n`,
            mode: '0600',
            validate: ['sh', '-c', 'cat "$1" && base64 -w 0 "$1" && exit 1', 'sh', '{staged}'],
          },
        ],
      },
      { rollback: { auto: false } },
    )
    await controller.write('loud.yaml', loud)
    const failed = await controller.untilEvent('loud@t1', 'ApplyFailed')
    expect(JSON.stringify(failed)).toContain('key = ***')
    const wrong = canary({
      probes: [{ kind: 'http', port: 8099, headers: { Authorization: `Basic ${ref('canary/shown|basic:app')}` } }],
    })
    await controller.write('canary.yaml', wrong)
    const unauthorized = ({ lastProbes }: { lastProbes: { message: string }[] }) =>
      lastProbes.some(({ message }) => message.includes('answered 401'))
    const status = await controller.until('canary@t1', unauthorized)
    expect(JSON.stringify(status.lastProbes)).toMatch(/Basic .*\*\*\*/)
    await nothingTold()
    await controller.write('canary.yaml', canary())
    await controller.remove('loud.yaml')
    await controller.untilState('canary@t1', 'healthy.inSync')
  })
})

describe('a secret that cannot be had', () => {
  const notReady = (status: { conditions: { type: string; status: string; message: string }[] }) =>
    status.conditions.find(({ type }) => type === 'SecretsReady')?.status === 'False'

  test.each([
    [
      'is missing',
      () => set('canary/value', second),
      async () =>
        controller.write('canary.yaml', JSON.parse(JSON.stringify(canary()).replaceAll('canary/value', 'canary/gone'))),
      /there is no secret canary\/gone/,
    ],
    [
      'was tampered with',
      async () => undefined,
      async () => writeFile(sopsFile(), (await readFile(sopsFile(), 'utf8')).replace(/shown: ENC/, 'shown_: ENC')),
      /cannot be had/,
    ],
    [
      'has an identity that others can read',
      async () => undefined,
      async () => {
        await chmod(home.keyFile, 0o644)
        await controller.stop()
        controller.start()
      },
      /can be read by others .*chmod 600/,
    ],
  ])('because it %s holds its consumers alone; the last good stays', async (_, prepare, spoil, message) => {
    await prepare()
    await controller.untilState('canary@t1', 'healthy.inSync')
    const good = await readFile(sopsFile(), 'utf8')
    const before = await contents()
    const begun = (await starts(lab, 't1', 'canary')).length
    await spoil()
    const status = await controller.until('canary@t1', notReady)
    expect(status.conditions.find(({ type }) => type === 'SecretsReady')?.message).toMatch(message)

    const config = `after ${_}`
    await controller.write('bystander.yaml', sleeper('bystander', ['t1'], { config }))
    await untilTrue(
      'the bystander goes on',
      async () => (await lab.shell('t1', 'tail -n 1 /var/lib/bystander.starts')).trim() === config,
    )
    await untilLookedAt(controller, 't1')
    expect(await contents()).toEqual(before)
    expect(await starts(lab, 't1', 'canary')).toHaveLength(begun)

    await chmod(home.keyFile, 0o600)
    await writeFile(sopsFile(), good)
    await controller.write('canary.yaml', canary())
    await controller.until('canary@t1', (now) => !notReady(now))
    await controller.untilState('canary@t1', 'healthy.inSync')
    expect(await starts(lab, 't1', 'canary')).toHaveLength(begun)
    await nothingTold()
  })
})

/** Neither the log and the store, nor anything that can be asked of the controller. */
async function nothingTold(): Promise<void> {
  expect(await canariesBelow(controller.home, values)).toEqual([])
  const asked = [
    ['get', 'components', '-o', 'json'],
    ['get', 'events', '-o', 'json'],
    ['describe', 'canary', '-o', 'json'],
    ['snapshot', 'canary'],
    ['history', 'canary'],
    ['secrets', 'check', '--dir', controller.desired, '--age-key', home.keyFile],
    ['validate', controller.desired, '--age-key', home.keyFile],
  ]
  const answers = [await controller.answer('/metrics'), controller.log]
  expect(answers[0]).toContain('homeostat_')
  for (const words of asked) {
    const { stdout, stderr } = await controller.cli(words)
    answers.push(stdout, stderr)
  }
  const plan = await controller.cliWithSsh(['plan', controller.desired, '-o', 'json', '--age-key', home.keyFile])
  expect(plan.stdout).toContain('canary@t1')
  expect(canariesIn([...answers, plan.stdout, plan.stderr].join('\n'), values)).toEqual([])
}
