// What Prometheus judges and Alertmanager sends: what the golden files do not show.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { hashOf } from '../../../src/catalog/alertmanager.ts'
import { OWN_RECEIVERS } from '../../../src/catalog/alertmanager-options.ts'
import { RenderError } from '../../../src/catalog/define-type.ts'
import { inhibitRules } from '../../../src/catalog/inhibit-rules.ts'
import type { FileResource } from '../../../src/model/resource.ts'
import { contextOf, type Given, renderGiven } from '../../support/catalog-given.ts'

const alerts = (options: unknown, components: Given['components'] = {}): Given => ({
  component: 'alerts',
  host: 'hub',
  hosts: { hub: '192.0.2.1', a: '192.0.2.2', b: '192.0.2.3' },
  components: { ...components, alerts: { type: 'alertmanager', hosts: ['hub'], options } },
})

const configOf = (given: Given) =>
  renderGiven(given).resources.find(
    (it): it is FileResource => it.kind === 'file' && it.path.endsWith('/alertmanager.yml'),
  )

/** Runs the checker of the configuration on this machine; what it says when it refuses it. */
function refusal(given: Given): string {
  const { content = '', validate = [] } = configOf(given) ?? {}
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-alerting-'))
  try {
    writeFileSync(join(folder, 'staged.yml'), content)
    const [program = '', ...words] = validate.map((word) => word.replaceAll('{staged}', join(folder, 'staged.yml')))
    execFileSync(program, words, { stdio: 'pipe' })
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer }
    return `${stdout}${stderr}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const receivers = ['pager', 'chat'].map((name) => ({ name, webhookUrl: `http://127.0.0.1/${name}` }))
const routed = (...routes: unknown[]) => alerts({ receivers, route: { routes } })

test.each([
  ['no route', routed(), ''],
  [
    'routes side by side',
    routed({ receiver: 'pager', match: { team: 'a' } }, { receiver: 'chat', match: { team: "b's" } }),
    '',
  ],
  [
    'a route that another one lets through to',
    routed(
      { receiver: 'pager', match: { severity: 'critical' }, continue: true },
      { receiver: 'chat', match: { severity: 'critical', team: 'a' } },
    ),
    '',
  ],
  [
    'a route that another one stands before',
    routed(
      { receiver: 'pager', matchers: ['severity!=""'] },
      { receiver: 'chat', match: { severity: 'critical', team: 'a' } },
    ),
    'an alert with severity=critical team=a goes to pager and never to chat: a route before its own takes it\n',
  ],
  ['a matcher that is none', routed({ receiver: 'pager', matchers: ['severity'] }), 'bad matcher format'],
  [
    'a field that its kind of receiver does not have',
    alerts({ receivers: [{ name: 'a', pagerduty_configs: [{ routing_kee: 'x' }] }] }),
    'field routing_kee not found',
  ],
])("amtool's own word on %s", (_, given, expected) => {
  if (expected === '') expect(refusal(given)).toBe('')
  else expect(refusal(given)).toContain(expected)
})

/** Every kind of receiver, as Alertmanager's documentation has it. */
const kinds: Record<string, object> = {
  discord_configs: { webhook_url: 'https://discord.test/x' },
  email_configs: { to: 'a@example.org', from: 'b@example.org', smarthost: '192.0.2.9:25' },
  opsgenie_configs: { api_key: 'x' },
  pagerduty_configs: { routing_key: 'x' },
  pushover_configs: { user_key: 'x', token: 'y' },
  slack_configs: { api_url: 'https://slack.test/x', channel: '#a' },
  sns_configs: { topic_arn: 'arn:aws:sns:us-east-2:123456789012:a', sigv4: { region: 'us-east-2' } },
  telegram_configs: { bot_token: 'x', chat_id: 1 },
  victorops_configs: { api_key: 'x', routing_key: 'y' },
  webex_configs: { room_id: 'x', http_config: { authorization: { credentials: 'y' } } },
  webhook_configs: { url: 'https://hook.test/x', max_alerts: 3 },
  wechat_configs: { api_secret: 'x', corp_id: 'y' },
}
/** Of Alertmanagers that are newer than Debian 12's. */
const newer: Record<string, object> = {
  incidentio_configs: { url: 'https://incident.test/x', alert_source_token: 'y' },
  jira_configs: { api_url: 'https://jira.test', project: 'A', issue_type: 'Bug' },
  mattermost_configs: { webhook_url: 'https://mattermost.test/x' },
  msteams_configs: { webhook_url: 'https://teams.test/x' },
  msteamsv2_configs: { webhook_url: 'https://teams.test/y' },
  rocketchat_configs: { token_id: 'x', token: 'y', channel: '#a' },
}

test('every kind of receiver that Alertmanager has can be written', () => {
  expect(Object.keys({ ...kinds, ...newer }).sort()).toEqual([...OWN_RECEIVERS].sort())
})

test.each(Object.entries({ ...kinds, ...newer }))('%s reach Alertmanager in its own words', (kind, config) => {
  const given = alerts({ receivers: [{ name: 'a', [kind]: [config] }] })
  expect(parse(configOf(given)?.content ?? '').receivers[1]).toEqual({ name: 'a', [kind]: [config] })
  if (kind in kinds) expect(refusal(given)).toBe('')
})

test.each([
  [0, '1.84089190127938e+14'],
  [75608, '9.193813733e+09'],
])('the hash of a configuration is the one that Alertmanager 0.25 told of the same text, number %d', (number, told) => {
  expect(hashOf(`route: { receiver: a }\nreceivers: [{ name: a }]\n# ${number}\n`)).toBe(told)
})

test('mail needs somebody who takes it, and is sent the way that is known', () => {
  const mail = { receivers: [{ name: 'ops', mailTo: ['ops@example.org'] }] }
  expect(() => renderGiven(alerts(mail))).toThrow(RenderError)
  expect(() => renderGiven(alerts(mail))).toThrow('expected options.smtp.address')
  expect(() => renderGiven(alerts({ ...mail, smtp: { address: '192.0.2.9' } }))).toThrow('no domain to send mail from')
  const told = alerts({ ...mail, smtp: { address: '192.0.2.9', from: 'a@example.org' } })
  expect(configOf(told)?.content).toContain('smtp_smarthost: 192.0.2.9:25\n')
  const manifest = (enable: boolean): Given['manifest'] => ({
    services: { mail: { enable, ip: '192.0.2.7', hostname: 'mail.nixmox.lan' } },
  })
  expect(configOf({ ...alerts(mail), manifest: manifest(true) })?.content).toContain('smtp_smarthost: 192.0.2.7:25\n')
  expect(() => renderGiven({ ...alerts(mail), manifest: manifest(false) })).toThrow('expected options.smtp.address')
})

test('a secret never stands in the configuration where a file can be named', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: how a secret is referred to
  const key = '${secret:pager/key}'
  const twice = [{ routing_key_file: key }, { routing_key_file: key, http_config: { bearer_token_file: key } }]
  const { resources } = renderGiven(alerts({ receivers: [{ name: 'pager', pagerduty_configs: twice }] }))
  const files = resources.filter((it) => it.kind === 'file')
  const holding = files.filter(({ content }) => content.includes('secret:'))
  expect(holding).toEqual([
    {
      kind: 'file',
      path: '/etc/homeostat/alertmanager/secrets/pager:key',
      content: key,
      ...{ owner: 'root', group: 'homeostat-alertmanager', mode: 0o640 },
    },
  ])
})

test('what is down silences what needs it: on the same host where there are several, not where it only goes first', () => {
  const { peers } = contextOf(
    alerts(
      {},
      {
        exporter: { type: 'node-exporter', hosts: ['a', 'b'] },
        logs: { type: 'loki', hosts: ['a'], dependsOn: ['exporter'] },
        boards: { type: 'grafana', hosts: ['b'], dependsOn: ['logs', 'gone'] },
      },
    ),
  )
  const soft = { component: 'exporter', soft: true }
  const withSoft = peers.map((peer) =>
    peer.name === 'boards' ? { ...peer, dependsOn: [...peer.dependsOn, soft] } : peer,
  )
  expect(inhibitRules({ peers: withSoft }).slice(2)).toEqual([
    {
      source_matchers: ['alertname=~"ServiceDown|ComponentFailed"', 'component="logs"'],
      target_matchers: ['component="boards"'],
    },
    {
      source_matchers: ['alertname=~"ServiceDown|ComponentFailed"', 'component="exporter"'],
      target_matchers: ['component="logs"'],
      equal: ['host'],
    },
  ])
})

test('rules that are asked for by name and are not there are told, with those that are', () => {
  const given: Given = {
    component: 'metrics',
    host: 'hub',
    hosts: {},
    components: { metrics: { type: 'prometheus', hosts: ['hub'], options: { alertRules: ['nodes', 'lgos'] } } },
    alertRules: ['logs', 'nodes'].map((name) => ({ name, groups: [] })),
  }
  expect(() => renderGiven(given)).toThrow('there is no AlertRules called "lgos"; expected one of: logs, nodes')
})
