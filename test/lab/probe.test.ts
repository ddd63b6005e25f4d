// The probes on a real host, through SSH: Debian's Prometheus from its first second on, a crash loop under systemd, a cut cable.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemdDriver } from '../../src/driver/systemd/driver.ts'
import type { HostSpec } from '../../src/model/host.ts'
import type { HostObservation, UnitFact } from '../../src/model/observation.ts'
import type { Probe, ProbeResult } from '../../src/model/probe.ts'
import { createProber } from '../../src/probe/create-prober.ts'
import { judge } from '../../src/probe/health.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { freshHosts, useLab } from '../support/lab.ts'

const lab = await useLab('t1')
const prober = createProber()
const driver = systemdDriver()
const units = ['prometheus.service', 'prometheus-node-exporter.service', 'crashing.service', 'absent.service']
const here = { address: '127.0.0.1', timeoutMs: 5_000 }

let transport: Transport

beforeAll(async () => {
  const address = lab.hosts.find((host) => host.name === 't1')?.address ?? ''
  const { identityFile, knownHostsFile } = lab
  const ssh = { user: 'root', port: 22, identityFile, knownHostsFile, hostKeys: [], sudo: false }
  const host: HostSpec = { name: 't1', address, platform: 'debian', connection: 'ssh', ssh, labels: {} }
  transport = sshTransport(host, { keepaliveIntervalMs: 60_000 })
  await lab.shell('t1', 'apt-get update -qq && apt-get install -y -qq prometheus prometheus-node-exporter')
})
afterAll(() => transport.close())

function observe(): Promise<HostObservation> {
  const wanted = { paths: [], units, packages: [], users: [], operationIds: [] }
  return driver.observe(transport, 't1', wanted, { nowMs: Date.now() })
}

async function round(probes: Probe[], more: { changedAtMs?: number; baseline?: Record<string, UnitFact> } = {}) {
  return prober(probes, { host: 't1', transport, observation: await observe(), changedAtMs: 0, ...more })
}

async function until<T>(work: () => Promise<T>, done: (value: T) => boolean, timeoutMs: number): Promise<T> {
  const endMs = Date.now() + timeoutMs
  for (;;) {
    const value = await work()
    if (done(value) || Date.now() > endMs) return value
    await pause(100)
  }
}

const unit = (name: string): Probe => ({ kind: 'systemd', name, unit: `${name}.service`, timeoutMs: 1_000 })
const targets: Probe = {
  ...here,
  kind: 'prometheus-targets',
  name: 'targets',
  port: 9090,
  expect: [
    { job: 'prometheus', instance: '127.0.0.1:9090' },
    { job: 'node', instance: '127.0.0.1:9100' },
  ],
}
const proofs: Probe[] = [
  unit('prometheus'),
  { ...here, kind: 'http', name: 'ready', port: 9090, path: '/-/ready', expect: { status: [200], body: 'is Ready' } },
  {
    ...here,
    kind: 'http',
    name: 'collected',
    port: 9100,
    path: '/metrics',
    expect: { status: [200], body: '^node_textfile_scrape_error 0$' },
  },
  { ...here, kind: 'tcp', name: 'listens', port: 9090 },
  {
    kind: 'command',
    name: 'promtool',
    argv: ['promtool', 'check', 'config', '/etc/prometheus/prometheus.yml'],
    timeoutMs: 5_000,
  },
  { ...here, kind: 'promql', name: 'up', port: 9090, query: 'sum(up)', expect: [{ labels: {}, value: 2 }] },
  targets,
]

const configuration = `
global: { scrape_interval: 5s }
scrape_configs:
  - { job_name: prometheus, static_configs: [{ targets: ['127.0.0.1:9090'] }] }
  - { job_name: node, static_configs: [{ targets: ['127.0.0.1:9100'] }] }
`

test('a new Prometheus is ready long before its targets are proven, and healthy only then', async () => {
  await lab.shell(
    't1',
    `cat > /etc/prometheus/prometheus.yml <<'END'\n${configuration}\nEND\nsystemctl restart prometheus`,
  )
  const changedAtMs = (await observe()).hostTimeMs
  const ready = (results: ProbeResult[]) => results.find((result) => result.name === 'ready')?.passed === true
  const early = await until(() => round(proofs, { changedAtMs }), ready, 120_000)
  expect(early.find((result) => result.name === 'targets')).toMatchObject({ passed: false, certain: false })
  expect(judge(early)).toMatchObject({ passed: false, certain: false })

  const results = await until(
    () => round(proofs, { changedAtMs }),
    (found) => judge(found).passed,
    240_000,
  )
  expect(results.filter((result) => !result.passed)).toEqual([])

  // The same evidence does not prove a change that comes after it.
  const later = (await observe()).hostTimeMs + 60_000
  const [stale] = await round([targets], { changedAtMs: later })
  expect(stale?.message).toContain('was not scraped since the last change')
})

test('a target whose exporter is stopped is named with the reason', async () => {
  await lab.shell('t1', 'systemctl stop prometheus-node-exporter')
  const down = await until(
    () => round([targets]),
    // A scrape that was under way is broken off first.
    ([result]) => result?.message.includes('connection refused') === true,
    240_000,
  )
  expect(down[0]?.message).toContain('node 127.0.0.1:9100 is down')
  expect(down[0]?.message).toContain('connection refused')
  const [stopped, refused] = await round([unit('prometheus-node-exporter'), proofs[2] as Probe])
  expect(stopped).toMatchObject({ passed: false, certain: false })
  expect(refused).toMatchObject({ passed: false, certain: false })
  expect(refused?.message).toContain('refused')
})

test('a service that crashes and is always restarted is never healthy over a soak', async () => {
  await install('Restart=always\nRestartSec=300ms', 'StartLimitIntervalSec=0')
  const baseline = (await observe()).units
  // Three rounds in a row, as the lifecycle asks for them: at some moment each the unit reads active (running).
  let inARow = 0
  let longest = 0
  for (let rounds = 0; rounds < 15; rounds += 1) {
    inARow = judge(await round([unit('crashing')], { baseline })).passed ? inARow + 1 : 0
    longest = Math.max(longest, inARow)
    await pause(300)
  }
  expect(longest).toBeLessThan(3)
  const [last] = await round([unit('crashing')], { baseline })
  expect(last).toMatchObject({ passed: false, certain: false })
})

test('a unit that systemd has given up is a certain failure, as is one that is masked or does not exist', async () => {
  await install('Restart=always\nRestartSec=50ms', 'StartLimitIntervalSec=60\nStartLimitBurst=2')
  const failed = await until(
    () => round([unit('crashing')]),
    ([result]) => result?.certain === true,
    240_000,
  )
  expect(failed[0]?.message).toContain('start it again')
  await lab.shell('t1', 'rm /etc/systemd/system/crashing.service; systemctl daemon-reload; systemctl mask crashing')
  const [masked, absent] = await round([unit('crashing'), unit('absent')])
  expect(masked).toMatchObject({ passed: false, certain: true })
  expect(masked?.message).toContain('masked')
  expect(absent).toMatchObject({ passed: false, certain: true })
  expect(absent?.message).toContain('not-found')
})

test('a host that goes silent during a round is no failure of its services', async () => {
  const observation = await observe()
  await lab.cut('t1')
  const context = { host: 't1', transport, observation, changedAtMs: 0 }
  const probes = [unit('prometheus'), { ...(proofs[1] as Probe), timeoutMs: 1_000 }]
  await expect(prober(probes, context)).rejects.toMatchObject({ name: 'TransportError', kind: 'unreachable' })
  await freshHosts(lab, ['t1'])
})

/** A service that lives for half a second. */
async function install(service: string, limits: string): Promise<void> {
  const text = `[Unit]\n${limits}\n[Service]\nExecStart=/bin/sh -c "sleep 0.5; exit 3"\n${service}\n`
  await lab.shell(
    't1',
    `systemctl unmask -q crashing 2>/dev/null; systemctl stop crashing 2>/dev/null
cat > /etc/systemd/system/crashing.service <<'END'\n${text}END
systemctl daemon-reload; systemctl reset-failed crashing 2>/dev/null; systemctl start crashing`,
  )
}
