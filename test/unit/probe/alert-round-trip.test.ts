// A marked alert through a real Alertmanager of this machine, to receivers that really receive, and to some that do not.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { followAlert } from '../../../src/probe/alert-round-trip.ts'
import { postAlert } from '../../../src/probe/alertmanager-api.ts'
import type { Stage } from '../../../src/probe/stage.ts'
import { MailReceiver, WebhookReceiver } from '../../support/alert-receivers.ts'
import { loopbackTransport } from './loopback-transport.ts'
import { unusedPort } from './servers.ts'

const folder = mkdtempSync(join(tmpdir(), 'homeostat-alertmanager-'))
const wire = { transport: loopbackTransport(), signal: new AbortController().signal }
let web: WebhookReceiver
let mail: MailReceiver
let place: { address: string; port: number }
let child: ChildProcess

beforeAll(async () => {
  web = await WebhookReceiver.listen('127.0.0.1')
  mail = await MailReceiver.listen('127.0.0.1')
  place = { address: '127.0.0.1', port: await unusedPort() }
  const route = (team: string) => ({ receiver: team, matchers: [`team="${team}"`] })
  const dead = { url: `http://127.0.0.1:${await unusedPort()}/secret-token` }
  const mails = {
    to: 'ops@example.org',
    from: 'am@example.org',
    smarthost: `127.0.0.1:${mail.port}`,
    require_tls: false,
  }
  const config = {
    route: { receiver: 'nobody', group_by: ['...'], group_wait: '0s', routes: ['both', 'dead', 'half'].map(route) },
    inhibit_rules: [{ source_matchers: ['alertname="Cause"'], target_matchers: ['team="both"', 'effect="yes"'] }],
    receivers: [
      { name: 'nobody' },
      { name: 'both', webhook_configs: [{ url: web.url('/both') }], email_configs: [mails] },
      { name: 'dead', webhook_configs: [dead] },
      { name: 'half', webhook_configs: [dead, { url: web.url('/half') }] },
    ],
  }
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(config))
  child = spawn(
    '/usr/bin/prometheus-alertmanager',
    [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${place.port}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const { stderr } = child
  await new Promise<void>((listening) =>
    stderr?.on('data', (chunk: Buffer) => {
      if (chunk.includes('Listening on')) listening()
    }),
  )
})
afterAll(async () => {
  const ended = once(child, 'close')
  child.kill()
  await ended
  await web[Symbol.asyncDispose]()
  await mail[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const integrations = new Map([
  ['nobody', {}],
  ['both', { webhook: 1, email: 1 }],
  ['dead', { webhook: 1 }],
  ['half', { webhook: 2 }],
])

async function follow(mark: string, labels: Record<string, string>) {
  const stages: Stage[] = []
  const alert = {
    labels: { alertname: `Test-${mark}`, homeostat_test: mark, ...labels },
    mark: ['homeostat_test', mark] as [string, string],
    summary: 'a test',
  }
  const journey = { place, alert, integrations, timeoutMs: 20_000, onStage: (stage: Stage) => stages.push(stage) }
  const passed = await followAlert(journey, wire)
  return { passed, stages: stages.map(({ name, passed, message }) => `${passed ? '✓' : '✗'} ${name} ${message}`) }
}

test('arrives by every way of its receiver, and is over', async () => {
  const { passed, stages } = await follow('m1', { team: 'both' })
  expect(stages).toEqual([
    '✓ accepted Alertmanager took it',
    '✓ listed for both',
    expect.stringMatching(/^✓ sent webhook: 1 of 1 sent; email: 1 of 1 sent; after [0-9.]+ s$/),
    '✓ resolved Alertmanager was told that it is over',
  ])
  expect(passed).toBe(true)
  expect(web.of({ homeostat_test: 'm1' })).toMatchObject([{ path: '/both', annotations: { summary: 'a test' } }])
  expect(mail.mails).toMatchObject([{ to: ['ops@example.org'], text: expect.stringContaining('Test-m1') }])
})

test('that is routed to nobody has not arrived', async () => {
  const { passed, stages } = await follow('m2', { team: 'none' })
  expect(passed).toBe(false)
  expect(stages).toContain('✗ sent its receivers send nothing to anybody')
})

test.each([
  ['m3', 'dead', /^✗ sent webhook: 0 of 1 sent, [0-9]+ attempts failed; after/],
  ['m4', 'half', /^✗ sent webhook: 1 of 2 sent, [0-9]+ attempts failed; after/],
])(
  '%s that a receiver cannot send is told, without waiting for as long as Alertmanager tries',
  async (mark, team, message) => {
    const { passed, stages } = await follow(mark, { team })
    expect(passed).toBe(false)
    expect(stages[2]).toMatch(message)
    expect(stages.join()).not.toContain('secret-token')
  },
)

test('that another alert silences is told to be', async () => {
  const cause = { labels: { alertname: 'Cause' }, annotations: {} }
  expect(await postAlert(place, cause, wire)).toMatchObject({ ok: true })
  const { passed, stages } = await follow('m5', { team: 'both', effect: 'yes' })
  expect(passed).toBe(false)
  expect(stages).toEqual(['✓ accepted Alertmanager took it', '✗ listed inhibited by another alert: nobody is told'])
  expect(web.of({ homeostat_test: 'm5' })).toEqual([])
})

test('gets nowhere where nobody listens', async () => {
  place = { ...place, port: await unusedPort() }
  const { passed, stages } = await follow('m6', {})
  expect(passed).toBe(false)
  expect(stages).toEqual([expect.stringMatching(/^✗ accepted Alertmanager, asked for its metrics, gave no answer/)])
})
