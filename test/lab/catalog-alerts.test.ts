// Alerts on real hosts, from the rule to who is told: Prometheus and Alertmanager of Debian, a web and a mail server that receive.
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { labAddress } from '../../src/lab/lab-hosts.ts'
import type { ComponentStatus } from '../../src/model/status.ts'
import { MailReceiver, WebhookReceiver } from '../support/alert-receivers.ts'
import { certify } from '../support/certificate.ts'
import { type Controller, isIn, newController, untilTrue } from '../support/controller.ts'
import { type DocumentObject, host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'
import { secretsFile } from '../support/secrets-file.ts'
import { type SopsHome, sopsHome } from '../support/sops.ts'

const lab = await useLab('monitoring', 't1')
const RULES = '/etc/homeostat/prometheus/rules'
let controller: Controller
let web: WebhookReceiver
let mail: MailReceiver
let home: SopsHome

const document = (kind: string, name: string, spec: Record<string, unknown>): DocumentObject => ({
  apiVersion: 'homeostat/v1',
  kind,
  metadata: { name },
  spec,
})

function component(type: string, hosts: string[], options = {}, more = {}): DocumentObject {
  const verify = { minHealthyTime: '3s', deadline: '50s' }
  return document('Component', type, { type, hosts, verify, options, ...more })
}

const prometheus = () =>
  component(
    'prometheus',
    ['monitoring'],
    { scrapeInterval: '1s', evaluationInterval: '1s' },
    { dependsOn: ['node-exporter', 'alertmanager'] },
  )

function alertmanager(options: Record<string, unknown> = {}): DocumentObject {
  const smtp = {
    username: 'homeostat',
    password: `\${secret:mail/password}`,
    from: 'alerts@example.org',
    requireTls: false,
  }
  return component('alertmanager', ['monitoring'], {
    smtp: { address: labAddress, port: mail.port, ...smtp },
    receivers: [
      { name: 'ops', webhookUrl: web.url('/ops'), mailTo: ['ops@example.org'] },
      { name: 'pager', webhookUrl: web.url('/pager') },
    ],
    route: { groupWait: '1s', groupInterval: '2s', routes: [{ receiver: 'pager', match: { team: 'night' } }] },
    ...options,
  })
}

const rules = (name: string, ...rules: object[]) => document('AlertRules', name, { groups: [{ name, rules }] })
const serviceDown = (more = {}) => ({ alert: 'ServiceDown', expr: 'up == 0', for: '2s', ...more })
/** Of Prometheus, while there is no node exporter on its host. */
const follows = {
  alert: 'Follows',
  expr: 'up{component="prometheus"} == 1 and on (host) up{job="node"} == 0',
  for: '8s',
}

const keys = ['node-exporter@monitoring', 'node-exporter@t1', 'alertmanager@monitoring', 'prometheus@monitoring']
const healthy = (key: string) => controller.untilState(key, 'healthy.inSync')
const why = (status: ComponentStatus | undefined) => JSON.stringify([status?.conditions, status?.lastProbes])
const lastId = async (key: string) => (await controller.events(key)).at(-1)?.id ?? 0
const invocation = (unit: string) => lab.shell('monitoring', `systemctl show -P InvocationID ${unit}`)
const exporter = (on: string, action: string) => lab.shell(on, `systemctl ${action} prometheus-node-exporter`)
const api = async (port: number, path: string) =>
  JSON.parse(await lab.shell('monitoring', `curl -sS 'http://127.0.0.1:${port}${path}'`))
const ofT1 = { alertname: 'ServiceDown', host: 't1' }

/** A change is taken back, and says why. */
const takenBack = (key: string, reason: string) =>
  controller.until(key, (now) => isIn(now, 'rolledBack.holding') && why(now).includes(reason), {
    what: `taken back because of: ${reason}`,
  })

beforeAll(async () => {
  home = await sopsHome()
  web = await WebhookReceiver.listen(labAddress)
  mail = await MailReceiver.listen(labAddress)
  controller = await newController(lab, { resync: '2s', more: ['--age-key', home.keyFile] })
  await writeFile(join(controller.desired, 'secrets.sops.yaml'), await secretsFile({ mail: { password: 'it is me' } }))
  await controller.write('hosts.yaml', host(lab, 'monitoring'), host(lab, 't1'))
  await controller.write('exporters.yaml', component('node-exporter', ['monitoring', 't1']))
  await controller.write('rules.yaml', rules('up', serviceDown()), rules('follows', follows))
  await controller.write('alertmanager.yaml', alertmanager())
  await controller.write('prometheus.yaml', prometheus())
  controller.start()
})
afterAll(async () => {
  await controller?.[Symbol.asyncDispose]()
  await web?.[Symbol.asyncDispose]()
  await mail?.[Symbol.asyncDispose]()
  await home?.[Symbol.asyncDispose]()
})

const testAlerts = (...more: string[]) =>
  controller.cliWithSsh(['test', 'alerts', '--dir', controller.desired, ...more])

describe('out of the desired state', () => {
  test('all of it is healthy, and Prometheus judges its rules', async () => {
    for (const key of keys) await healthy(key)
    const { data } = await api(9090, '/api/v1/rules')
    const names = data.groups.map(({ name }: { name: string }) => name).sort()
    expect(names).toEqual(['expected targets', 'follows', 'up'])
  })

  test('the password lies in a file for Alertmanager alone, and nowhere in its configuration', async () => {
    const found = await lab.shell('monitoring', "grep -rl 'it is me' /etc 2>/dev/null; true")
    expect(found).toBe('/etc/homeostat/alertmanager/secrets/smtp-password\n')
    expect(await lab.shell('monitoring', `stat -c '%a %U %G' ${found.trim()}`)).toBe(
      '640 root homeostat-alertmanager\n',
    )
    // Debian's node exporter and Prometheus run as the user that Alertmanager runs as.
    const asExporter = 'setpriv --reuid=prometheus --regid=prometheus --init-groups cat'
    const readable = `${asExporter} ${found.trim()} || ${asExporter} /etc/homeostat/prometheus/prometheus.yml || true`
    expect(await lab.shell('monitoring', readable)).toBe('')
    const groups =
      'grep ^Groups: /proc/$(systemctl show --value -P MainPID prometheus-node-exporter)/status; getent group'
    const known = await lab.shell('monitoring', groups)
    const [, number = ''] = /^homeostat-alertmanager:x:(\d+):/m.exec(known) ?? []
    expect(number).not.toBe('')
    expect(known.split('\n')[0]?.split(/\s+/)).not.toContain(number)
  })

  test('a marked alert arrives by every way of its receiver, and is over', async () => {
    const { stdout, exitCode } = await testAlerts()
    expect(stdout).toMatch(/✓ listed {4}for ops\n.*✓ sent {6}webhook: 1 of 1 sent; email: 1 of 1 sent/)
    expect(exitCode).toBe(0)
    const mark = /homeostat_test="([0-9a-f]+)"/.exec(stdout)?.[1] ?? ''
    expect(web.of({ homeostat_test: mark })).toMatchObject([{ path: '/ops', labels: { severity: 'info' } }])
    const login = { username: 'homeostat', password: 'it is me' }
    const [received] = mail.mails.filter(({ text }) => text.includes(mark))
    expect(received).toMatchObject({ from: 'alerts@example.org', to: ['ops@example.org'], login })
    await untilTrue('both hear that it is over', async () => web.of({ homeostat_test: mark }, 'resolved').length > 0)
  })

  test('a mail goes through TLS to whom the certificate says it is, with the password out of its file, and to nobody else', async () => {
    const { authority, ...certificate } = await certify('mail.test')
    await using secure = await MailReceiver.listen(labAddress, createSecureContext(certificate))
    const caFile = '/etc/mail-authority.pem'
    await lab.shell('monitoring', `echo ${Buffer.from(authority).toString('base64')} | base64 -d > ${caFile}`)
    const receivers = [{ name: 'ops', mailTo: ['ops@example.org'] }]
    const route = { groupWait: '1s', groupInterval: '2s' }
    const login = { username: 'homeostat', password: `\${secret:mail/password}` }
    const server = { address: labAddress, port: secure.port, from: 'alerts@example.org', ...login }
    const deploy = async (smtp: Record<string, unknown>) => {
      const afterId = await lastId('alertmanager@monitoring')
      await controller.write('alertmanager.yaml', alertmanager({ receivers, route, smtp: { ...server, ...smtp } }))
      await controller.untilEvent('alertmanager@monitoring', 'Healthy', { afterId })
    }
    await deploy({ serverName: 'mail.test', caFile })
    expect(await testAlerts()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('email: 1 of 1 sent') })
    const known = { username: 'homeostat', password: 'it is me' }
    const tls = expect.stringMatching(/^TLSv1\.[23]$/)
    expect(secure.mails[0]).toMatchObject({ from: 'alerts@example.org', to: ['ops@example.org'], login: known, tls })
    for (const [smtp, reason] of [
      [{ serverName: 'mail.test' }, /certificate signed by unknown authority/],
      [{ serverName: 'other.test', caFile }, /certificate is valid for mail.test, not other.test/],
    ] as const) {
      await deploy(smtp)
      const before = secure.mails.length
      const { stdout, exitCode } = await testAlerts()
      expect([exitCode, secure.mails.length]).toEqual([1, before])
      expect(stdout).toMatch(reason)
    }
    await controller.write('alertmanager.yaml', alertmanager())
  })

  test('a marked alert goes the way that its labels choose', async () => {
    const { stdout, exitCode } = await testAlerts('--label', 'team=night', '-o', 'json')
    expect(exitCode).toBe(0)
    const { alertmanagers } = JSON.parse(stdout)
    expect(alertmanagers).toMatchObject([{ key: 'alertmanager@monitoring', passed: true }])
    const { homeostat_test } = alertmanagers[0].labels
    expect(web.of({ homeostat_test }).map(({ path }) => path)).toEqual(['/pager'])
  })
})

describe('coverage', () => {
  const coverage = (...more: string[]) =>
    controller.cliWithSsh(['coverage', controller.desired, ...more, '--age-key', home.keyFile])

  test('is whole when all that is written is measured', async () => {
    const { stdout, stderr, exitCode } = await coverage()
    expect(stderr).toBe('4 targets: 4 up\n')
    expect(stdout).toMatch(/^target +node t1:9100 +node-exporter@t1 +up$/m)
    expect(exitCode).toBe(0)
  })

  test('tells which metrics went with a change', async () => {
    const afterId = await lastId('node-exporter@t1')
    // A few scrapes of what was there before.
    await untilTrue('it was scraped', async () => {
      const { data } = await api(
        9090,
        '/api/v1/query?query=count_over_time(node_arp_entries%7Binstance=%22t1:9100%22%7D%5B5m%5D)',
      )
      return Number(data.result[0]?.value[1]) > 2
    })
    const options = { extraFlags: ['--no-collector.arp'] }
    await controller.write('exporters.yaml', component('node-exporter', ['monitoring', 't1'], options))
    await controller.untilEvent('node-exporter@t1', 'Healthy', { afterId })
    const isTold = async () => {
      const { stdout, exitCode } = await coverage('-o', 'json')
      const { items } = JSON.parse(stdout) as { items: { of: string; component: string; metrics: string[] }[] }
      const gone = items.find(({ of, component }) => of === 'metrics' && component === 'node-exporter@t1')
      return gone !== undefined && { ...gone, exitCode }
    }
    const told = await untilTrue('it is told', isTold)
    expect(told).toMatchObject({ name: 'node', state: 'vanished', metrics: ['node_arp_entries'], exitCode: 1 })
    await controller.write('exporters.yaml', component('node-exporter', ['monitoring', 't1']))
    for (const key of keys) await healthy(key)
    await untilTrue('it is whole again', async () => (await coverage()).exitCode === 0)
  })

  test('tells what rules ask for and nobody has', async () => {
    let afterId = await lastId('prometheus@monitoring')
    await controller.write(
      'rules.yaml',
      rules('up', serviceDown()),
      rules('follows', follows),
      rules('odd', { alert: 'Odd', expr: 'ndoe_load1 > 1' }),
    )
    await controller.untilEvent('prometheus@monitoring', 'Healthy', { afterId })
    const { stdout, exitCode } = await coverage('--questions')
    expect(stdout).toMatch(/^question +rule Odd of odd +- +absent +nothing has ndoe_load1$/m)
    expect(stdout).not.toContain('rule ServiceDown')
    expect(exitCode).toBe(1)
    afterId = await lastId('prometheus@monitoring')
    await controller.write('rules.yaml', rules('up', serviceDown()), rules('follows', follows))
    await controller.untilEvent('prometheus@monitoring', 'Healthy', { afterId })
  })

  test('tells what is down, and what cannot be asked', async () => {
    await controller.stop()
    await exporter('t1', 'stop')
    await untilTrue('it is down', async () => {
      const { stdout, exitCode } = await coverage()
      return exitCode === 1 && /^target +node t1:9100 +node-exporter@t1 +down +.*connection refused$/m.test(stdout)
    })
    await exporter('t1', 'start')
    await lab.shell('monitoring', 'systemctl stop prometheus')
    const { stderr, exitCode } = await coverage()
    expect(stderr).toMatch(/^prometheus@monitoring cannot be asked: Prometheus gave no answer: .*refused/m)
    expect(exitCode).toBe(2)
    await lab.shell('monitoring', 'systemctl start prometheus')
    controller.start()
    for (const key of keys) await healthy(key)
  })
})

describe('a stopped node exporter', () => {
  test('fires ServiceDown to whoever is to be told, and resolves', async () => {
    await controller.stop()
    await exporter('t1', 'stop')
    const fired = await untilTrue('the web server hears of it', async () => web.of(ofT1)[0])
    expect(fired).toMatchObject({
      path: '/ops',
      labels: { job: 'node', component: 'node-exporter', instance: 't1:9100' },
    })
    const subject = '[FIRING:1] ServiceDown node'
    await untilTrue('the mail arrives', async () => mail.mails.some(({ text }) => text.includes(subject)))
    await exporter('t1', 'start')
    await untilTrue('the web server hears that it is over', async () => web.of(ofT1, 'resolved').length > 0)
    await untilTrue('so does the mail', async () =>
      mail.mails.some(({ text }) => text.includes('[RESOLVED] ServiceDown')),
    )
  })

  test('silences what depends on it on its host', async () => {
    const told = web.alerts.length
    await exporter('monitoring', 'stop')
    const isSilenced = async () => {
      const found = await api(9093, '/api/v2/alerts?filter=alertname%3D%22Follows%22')
      return found[0]?.status.inhibitedBy.length > 0 && found[0]
    }
    expect(await untilTrue('what follows from it is inhibited', isSilenced)).toMatchObject({
      labels: { component: 'prometheus', host: 'monitoring' },
      status: { state: 'suppressed' },
    })
    const cause = { alertname: 'ServiceDown', host: 'monitoring' }
    await untilTrue('the cause is told', async () => web.of(cause).length > 0)
    await exporter('monitoring', 'start')
    await untilTrue('and that it is over', async () => web.of(cause, 'resolved').length > 0)
    expect(web.alerts.slice(told).map(({ labels }) => labels.alertname)).not.toContain('Follows')
    controller.start()
    for (const key of keys) await healthy(key)
  })
})

describe('rules', () => {
  test('that changed are reloaded, and nothing else changes', async () => {
    // What was stopped before is scraped again, and nobody is about to restart Prometheus for it.
    await untilTrue('all is up', async () => (await api(9090, '/api/v1/query?query=up==0')).data.result.length === 0)
    await healthy('prometheus@monitoring')
    const [ran, afterId] = [await invocation('prometheus'), await lastId('prometheus@monitoring')]
    const generations = () => Promise.all(keys.map(async (key) => (await controller.status(key))?.generation ?? 0))
    const were = await generations()
    await controller.write(
      'rules.yaml',
      rules('up', serviceDown({ labels: { severity: 'page' } })),
      rules('follows', follows),
    )
    await controller.untilEvent('prometheus@monitoring', 'Healthy', { afterId })
    expect(JSON.stringify(await api(9090, '/api/v1/rules'))).toContain('"severity":"page"')
    expect(await invocation('prometheus')).toBe(ran)
    const made = (await generations()).map((now, at) => now - (were[at] ?? 0))
    const told = (await controller.events('prometheus@monitoring')).filter(({ id = 0 }) => id > afterId)
    expect(made, JSON.stringify(told)).toEqual([0, 0, 0, 1])
  })

  test('that promtool refuses change nothing on the host', async () => {
    const seen = () => lab.shell('monitoring', `sha256sum ${RULES}/*; ls -l --time-style=full-iso ${RULES}`)
    const were = await seen()
    await controller.write('rules.yaml', rules('up', serviceDown({ expr: 'up ==' })), rules('follows', follows))
    await takenBack('prometheus@monitoring', 'unexpected end of input')
    expect(await seen()).toBe(were)
    expect(JSON.stringify(await api(9090, '/api/v1/rules'))).toContain('"severity":"page"')
  })

  test('that cannot be judged are taken back', async () => {
    const broken = { alert: 'Broken', expr: 'up * on () up' }
    await controller.write('rules.yaml', rules('up', serviceDown(), broken))
    const taken = await controller.until(
      'prometheus@monitoring',
      (now) => why(now).includes('cannot judge 1 of its rules: Broken of up'),
      { what: 'failing because of the rule' },
    )
    expect(taken.lastGood).toBeDefined()
    await controller.untilState('prometheus@monitoring', 'rolledBack.holding')
    expect(await lab.shell('monitoring', `grep -c Broken ${RULES}/up.yml; true`)).toBe('0\n')
    await controller.write('rules.yaml', rules('up', serviceDown()))
    await healthy('prometheus@monitoring')
  })

  test('that are shipped are all judged', async () => {
    const shipped = join(import.meta.dirname, '../../desired-state/alert-rules')
    const texts = readdirSync(shipped).map((name) => readFileSync(join(shipped, name), 'utf8'))
    const groups = texts.flatMap((text) => (parse(text) as { spec: { groups: object[] } }).spec.groups)
    const judged = `rules in ${groups.length + 1} groups, and none fails`
    await controller.write('rules.yaml', ...texts)
    await controller.until('prometheus@monitoring', (now) => isIn(now, 'healthy.inSync') && why(now).includes(judged), {
      what: 'judging the shipped rules',
    })
  })
})

describe('a receiver', () => {
  test('with a field that its kind does not have is refused', async () => {
    const receivers = [{ name: 'pager', pagerduty_configs: [{ routing_kee: 'x' }] }]
    await controller.write('alertmanager.yaml', alertmanager({ receivers, route: {} }))
    await takenBack('alertmanager@monitoring', 'field routing_kee not found in type config.plain')
    expect(
      await lab.shell('monitoring', 'grep -c routing_kee /etc/homeostat/alertmanager/alertmanager.yml; true'),
    ).toBe('0\n')
  })

  test('that no alert can reach is refused', async () => {
    const receivers = ['a', 'b'].map((name) => ({ name, webhookUrl: web.url(`/${name}`) }))
    const routes = [
      { receiver: 'a', matchers: ['team=~".+"'] },
      { receiver: 'b', match: { team: 'night' } },
    ]
    await controller.write('alertmanager.yaml', alertmanager({ receivers, route: { routes } }))
    await takenBack('alertmanager@monitoring', 'an alert with team=night goes to a and never to b')
  })

  test('that takes nothing is told with its reason', async () => {
    const receivers = [{ name: 'ops', webhookUrl: `http://${labAddress}:9/token`, mailTo: ['ops@example.org'] }]
    const smtp = { address: labAddress, port: mail.port, from: 'alerts@example.org' }
    await controller.write('alertmanager.yaml', alertmanager({ receivers, smtp, route: { groupWait: '1s' } }))
    await healthy('alertmanager@monitoring')
    const { stdout, exitCode } = await testAlerts()
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /✗ sent {6}webhook: 0 of 1 sent, \d+ attempts? failed; email: 0 of 1 sent, \d+ attempts? failed/,
    )
    expect(stdout).toMatch(/connection refused|STARTTLS/)
    expect(stdout).not.toContain('token')
    const asked = ['doctor', 'alertmanager', '--dir', controller.desired, '--age-key', home.keyFile]
    const doctor = await controller.cliWithSsh(asked)
    expect(doctor.stdout).toMatch(/monitoring alertmanager: its last message failed: ops: .*(refused|STARTTLS)/)
    expect(doctor.stdout).not.toContain('token')
  })
})
