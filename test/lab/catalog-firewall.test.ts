// Who may connect to what, on real hosts: those who need a port reach it, others do not, and nothing else of a host's network changes.
// What somebody does to the table is found and put back; a rule that shuts us out is taken back by the host itself.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { type DocumentObject, host } from '../support/desired-yaml.ts'
import { recordOf, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('caddy', 'monitoring', 'postgresql')
const HOSTS = ['caddy', 'monitoring', 'postgresql']
const RULES = '/etc/homeostat/firewall/rules.nft'
const PROMETHEUS = '192.168.99.18:9090'
/** The node exporter on the host postgresql, and beside it something that is nobody's. */
const MACHINE = '192.168.99.11:9100'
const THEIRS = '192.168.99.11:8080'
const THEIR_TABLE =
  "nft 'table inet mine { chain input { type filter hook input priority 10; policy accept; tcp dport 9 counter drop; }; }'"
let controller: Controller

const site = (domain: string, upstream: string) => ({ proxy: { domain, upstream } })

/** The proxy is one that others run: all that counts is its address. */
function manifest(more: Record<string, object> = {}): DocumentObject {
  const machine = (name: string, ip: string, entry = {}) => ({
    [name]: { ip, hostname: `${name}.nixmox.lan`, interface: entry },
  })
  const spec = {
    network: { domain: 'nixmox.lan' },
    core_services: { ...machine('caddy', '192.168.99.10'), ...machine('postgresql', '192.168.99.11') },
    services: { ...machine('monitoring', '192.168.99.18', site('metrics.nixmox.lan', PROMETHEUS)), ...more },
  }
  return { apiVersion: 'homeostat/v1', kind: 'Manifest', metadata: { name: 'lan' }, spec }
}

function component(type: string, hosts: string[], options: object = {}): DocumentObject {
  const spec = { type, hosts, options, verify: { minHealthyTime: '1s', deadline: '90s' }, rollout: { maxParallel: 1 } }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name: type }, spec }
}

const firewall = (options: object = {}) => controller.write('firewall.yaml', component('firewall', HOSTS, options))
const keys = HOSTS.map((name) => `firewall@${name}`)
const allHealthy = async () => {
  for (const key of keys) await controller.untilState(key, 'healthy.inSync', 180_000)
}
const table = (on: string) => lab.shell(on, 'nft -s list table inet homeostat 2>&1 || true')
const lastId = async (key: string) => (await controller.events(key)).at(-1)?.id ?? 0
const generations = () =>
  Promise.all(HOSTS.map(async (name) => (await recordOf(lab, name, 'firewall')).find((it) => /^generation /.test(it))))

/** `open`, `dropped`, or `refused`: nobody listens. */
async function reach(from: string, place: string): Promise<string> {
  const { exitCode } = await lab.exec(from, ['curl', '-s', '-o', '/dev/null', '-m', '4', `http://${place}/`])
  return { 0: 'open', 7: 'refused', 28: 'dropped' }[exitCode ?? -1] ?? `curl ended with ${exitCode}`
}

beforeAll(async () => {
  // Somebody has a firewall of his own there already, and a service.
  const service = 'systemd-run --quiet --unit=theirs python3 -m http.server 8080'
  await lab.shell(
    'postgresql',
    `{ apt-get update && apt-get install -y nftables python3; } > /dev/null 2>&1; ${THEIR_TABLE}; ${service}`,
  )
  controller = await newController(lab, { resync: '2s' })
  await controller.write('hosts.yaml', ...HOSTS.map((name) => host(lab, name)))
  await controller.write('manifest.yaml', manifest())
  await controller.write('node-exporter.yaml', component('node-exporter', HOSTS))
  await controller.write('prometheus.yaml', component('prometheus', ['monitoring']))
  await firewall()
  controller.start()
  await allHealthy()
  await controller.untilState('prometheus@monitoring', 'healthy.inSync', 180_000)
}, 600_000)
afterAll(() => controller[Symbol.asyncDispose]())

const mine = async () => expect(await lab.shell('postgresql', 'nft list table inet mine')).toContain('tcp dport 9')

describe('what is served', () => {
  test('is reached by those who need it, and by the host itself, and by nobody else', async () => {
    expect(await reach('monitoring', MACHINE)).toBe('open')
    expect(await reach('postgresql', MACHINE)).toBe('open')
    expect(await reach('caddy', MACHINE)).toBe('dropped')
    expect(await reach('caddy', PROMETHEUS)).toBe('open')
    expect(await reach('postgresql', PROMETHEUS)).toBe('dropped')
  })

  test('listens on loopback where all who need it are on its host', async () => {
    expect(await lab.shell('monitoring', 'ss -Hltn sport = :9100')).toMatch(/127\.0\.0\.1:9100/)
    expect(await reach('caddy', '192.168.99.18:9100')).toBe('refused')
  })

  test('by others, and their own tables, are none of our business', async () => {
    expect(await reach('caddy', THEIRS)).toBe('open')
    await mine()
    for (const name of HOSTS) expect((await lab.ssh(name, ['true'])).exitCode).toBe(0)
  })
})

describe('somebody who', () => {
  const untilBack = async (on: string, afterId: number, said: string) => {
    const { message } = await controller.untilEvent(`firewall@${on}`, 'DriftFound', { afterId })
    expect(message).toContain(said)
    await controller.untilState(`firewall@${on}`, 'healthy.inSync')
    expect(await reach('caddy', MACHINE)).toBe('dropped')
    await mine()
  }

  test('deletes the table is found out, and it is put back', async () => {
    const afterId = await lastId('firewall@postgresql')
    await lab.shell('postgresql', 'nft delete table inet homeostat')
    expect(await reach('caddy', MACHINE)).toBe('open')
    await untilBack('postgresql', afterId, 'there is no table inet homeostat')
  })

  test('opens a port in it is found out, by the very rule', async () => {
    const afterId = await lastId('firewall@postgresql')
    await lab.shell('postgresql', 'nft insert rule inet homeostat input tcp dport 9100 accept')
    await untilBack('postgresql', afterId, 'with tcp dport 9100 accept')
  })

  test('flushes everything by restarting the firewall of Debian has ours back at once', async () => {
    controller.pause()
    onTestFinished(() => controller.resume())
    const before = await table('caddy')
    await lab.shell('caddy', 'systemctl restart nftables')
    await untilTrue('the host has loaded it by itself', async () => (await table('caddy')) === before)
    const isActive = () => lab.exec('caddy', ['systemctl', 'is-active', 'homeostat-firewall.service'])
    await untilTrue('and has told so', async () => (await isActive()).exitCode === 0)
    await lab.shell('caddy', 'systemctl reload nftables')
    await untilTrue('and once more', async () => (await table('caddy')) === before)
    await lab.shell('caddy', 'systemctl disable --quiet --now nftables')
    controller.resume()
    await untilTrue('the controller has started it', async () => (await table('caddy')) === before)
    await controller.untilState('firewall@caddy', 'healthy.inSync')
  })
})

test('a service that is added to the manifest changes the rules of the hosts concerned, and of no other', async () => {
  const before = await generations()
  const wiki = { ip: '192.168.99.11', hostname: 'wiki.nixmox.lan', interface: site('wiki.nixmox.lan', MACHINE) }
  await controller.write('manifest.yaml', manifest({ wiki }))
  await untilTrue('the proxy is let in', async () => (await reach('caddy', MACHINE)) === 'open')
  await allHealthy()
  await untilProven(lab, 'postgresql', 'firewall')
  const after = await generations()
  expect(HOSTS.filter((_, index) => before[index] !== after[index])).toEqual(['postgresql'])
  await controller.write('manifest.yaml', manifest())
  await untilTrue('the proxy is let in no more', async () => (await reach('caddy', MACHINE)) === 'dropped')
  await allHealthy()
})

test('a host that is restarted has its rules before anybody can connect', async () => {
  const before = await table('postgresql')
  controller.pause()
  onTestFinished(() => controller.resume())
  await lab.reboot('postgresql')
  expect(await table('postgresql')).toBe(before)
  // A table is there a moment before its unit counts as active.
  const units = ['homeostat-firewall.service', 'prometheus-node-exporter.service']
  const areActive = async () => (await lab.exec('postgresql', ['systemctl', 'is-active', ...units])).exitCode === 0
  await untilTrue('the rules and the exporter are there', areActive)
  const order = `systemctl show -P ActiveEnterTimestampMonotonic ${units.join(' ')}`
  const [rules = 0, exporter = 0] = (await lab.shell('postgresql', order)).split(/\s+/).filter(Boolean).map(Number)
  expect(rules).toBeGreaterThan(0)
  expect(rules).toBeLessThan(exporter)
  await lab.shell('postgresql', THEIR_TABLE)
  controller.resume()
  await controller.untilState('firewall@postgresql', 'healthy.inSync')
})

describe('a change', () => {
  test('that nftables does not understand never goes live', async () => {
    const before = await table('caddy')
    await firewall({ extraRules: 'tcp dport 9 no-such-verdict' })
    const { lifecycle } = await controller.untilState('firewall@caddy', 'rolledBack.holding')
    expect(lifecycle.context.message).toContain(`validate file:${RULES}`)
    expect(lifecycle.context.message).toContain('no-such-verdict')
    expect(await table('caddy')).toBe(before)
    await firewall()
    await allHealthy()
  })

  test('that shuts us out is taken back by the host itself, and goes to no other host', async () => {
    const before = await Promise.all(HOSTS.map(table))
    const others = (await generations()).slice(1)
    const afterId = await lastId('firewall@caddy')
    await firewall({ extraRules: 'tcp dport 22 drop' })
    await untilTrue('it is live', async () => (await table('caddy')).includes('tcp dport 22 drop'))
    await controller.untilEvent('firewall@caddy', 'RolledBackByHost', { afterId, withinMs: 180_000 })
    await controller.untilState('firewall@caddy', 'rolledBack.holding')
    expect((await lab.ssh('caddy', ['true'])).exitCode).toBe(0)
    expect(await Promise.all(HOSTS.map(table))).toEqual(before)
    expect((await generations()).slice(1)).toEqual(others)
    await firewall()
    await allHealthy()
  })
})

test('without the component everything is as it was before', async () => {
  await controller.remove('firewall.yaml')
  for (const key of keys) await untilTrue(`${key} is gone`, async () => (await controller.status(key)) === undefined)
  for (const name of HOSTS)
    expect(await lab.shell(name, 'nft list tables 2> /dev/null || true')).not.toContain('homeostat')
  expect(await reach('caddy', MACHINE)).toBe('open')
  await mine()
})
