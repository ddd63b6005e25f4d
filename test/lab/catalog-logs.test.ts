// Logs and dashboards on real hosts: Loki, Promtail, Alloy and Grafana out of Grafana Labs' repository, or what the lab has in its
// place. Each comes up healthy, and each is broken in three ways that are told apart: an option that is refused, a dead process, a
// function that is lost while the port still answers. The tests are the same for real programs and for stand-ins.
import { chmod, copyFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, isIn, newController, pauseBetweenLooks, untilTrue } from '../support/controller.ts'
import { type DocumentObject, host } from '../support/desired-yaml.ts'
import { documentedExposure, exposureOn } from '../support/hardening.ts'
import { useLab } from '../support/lab.ts'
import { secretsFile } from '../support/secrets-file.ts'

const lab = await useLab('monitoring', 'caddy', 'postgresql')
const LOKI = 'http://192.168.99.18:3100'
const keys = ['loki@monitoring', 'shipper@monitoring', 'shipper-elsewhere@caddy', 'grafana@monitoring']
const passwords = {
  grafana_admin_password: 'admin-4f1c9d',
  grafana_db_password: 'db-0c77e1ab',
  grafana_oidc_client_secret: 'x'.repeat(20),
}
let controller: Controller

function component(name: string, type: string, on: string, options = {}): DocumentObject {
  const verify = { minHealthyTime: '1s', deadline: '90s' }
  const dependsOn = type === 'loki' ? [] : ['loki']
  const spec = { type, hosts: [on], verify, dependsOn, retry: { attempts: 1 }, options }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name }, spec }
}

const loki = (options = {}) => component('loki', 'loki', 'monitoring', options)
const shipper = (type: string, options = {}) => component('shipper', type, 'monitoring', options)
const elsewhere = (options = {}) => component('shipper-elsewhere', 'alloy', 'caddy', options)
const grafana = (options = {}) => component('grafana', 'grafana', 'monitoring', options)
const dashboard = (name: string, json: object): DocumentObject => ({
  ...{ apiVersion: 'homeostat/v1', kind: 'Dashboard', metadata: { name } },
  spec: { folder: 'Tests', json },
})

const db = { host: '192.168.99.11', port: 5432, name: 'monitoring', owner: 'monitoring' }
const manifest: DocumentObject = {
  ...{ apiVersion: 'homeostat/v1', kind: 'Manifest', metadata: { name: 'lan' } },
  spec: {
    network: { domain: 'nixmox.lan' },
    services: { monitoring: { ip: '192.168.99.18', hostname: 'monitoring.nixmox.lan', interface: { db } } },
  },
}

const healthy = (key: string, withinMs = 150_000) => controller.untilState(key, 'healthy.inSync', withinMs)
const why = (status: ComponentStatus | undefined) => JSON.stringify([status?.conditions, status?.lastProbes])
const lastId = async (key: string) => (await controller.events(key)).at(-1)?.id ?? 0
const isStandIn = (program: string) => lab.sources.some((it) => it.program === program && it.kind === 'stand-in')

/** The component is not well any more, and says why: as it is then. */
function notices(key: string, reason: string): Promise<ComponentStatus> {
  const isUnwell = (now: ComponentStatus) => !isIn(now, 'healthy.inSync') && why(now).includes(reason)
  return controller.until(key, isUnwell, { what: `not well because of: ${reason}` })
}

/** A change is rejected on the host, and says why; what was proven before is there. */
async function takesBack(key: string, reason: string): Promise<void> {
  const rolledBack = await controller.untilState(key, 'rolledBack.holding')
  const events = JSON.stringify(await controller.events(key))
  expect(why(rolledBack) + events).toContain(reason)
}

/** Stopping it by hand is drift, and put right. */
async function startsAgain(key: string, on: string, unit: string): Promise<void> {
  const afterId = await lastId(key)
  // Loki takes its time to stop, and is started again in the middle of it.
  await lab.shell(on, `systemctl stop ${unit} || :`)
  const { message } = await controller.untilEvent(key, 'DriftFound', { afterId })
  expect(message).toContain(`unit:${unit}`)
  await untilTrue(`${unit} runs`, async () => (await lab.exec(on, ['systemctl', 'is-active', unit])).exitCode === 0)
  await healthy(key)
}

/** Lines of the journal that Loki has, by their text. */
async function arrived(text: string): Promise<string[]> {
  const query = encodeURIComponent(`{job="systemd-journal"} |= "${text}"`)
  const answer = await lab.shell('caddy', `curl -sS '${LOKI}/loki/api/v1/query_range?limit=5000&query=${query}'`)
  const streams = JSON.parse(answer).data.result as { values: [string, string][] }[]
  return streams.flatMap(({ values }) => values.map(([, line]) => line))
}

async function makeDatabase(): Promise<void> {
  const statements = [
    `create role monitoring login password '${passwords.grafana_db_password}'`,
    'create database monitoring owner monitoring',
    "alter system set listen_addresses = '*'",
  ]
  const psql = statements.map((statement) => `-c "${statement}"`).join(' ')
  await lab.shell(
    'postgresql',
    `apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql
cd /tmp && runuser -u postgres -- psql -q ${psql}
echo 'host all all 192.168.99.0/24 scram-sha-256' >> $(echo /etc/postgresql/*/main/pg_hba.conf)
systemctl restart postgresql`,
    { timeoutMs: 240_000 },
  )
}

beforeAll(async () => {
  await makeDatabase()
  controller = await newController(lab, { resync: '2s' })
  const keyFile = join(controller.home, 'keys.txt')
  await copyFile(resolve(import.meta.dirname, '../fixtures/secrets/identity.txt'), keyFile)
  await chmod(keyFile, 0o600)
  await controller.write('secrets.sops.yaml', await secretsFile({ monitoring: passwords }))
  await controller.write('hosts.yaml', ...['monitoring', 'caddy'].map((name) => host(lab, name)))
  await controller.write('manifest.yaml', manifest)
  await controller.write('loki.yaml', loki())
  await controller.write('shipper.yaml', shipper('promtail'))
  await controller.write('elsewhere.yaml', elsewhere())
  await controller.write('grafana.yaml', grafana(), dashboard('logs', { title: 'Logs', panels: [] }))
  controller.start('--age-key', keyFile)
})
afterAll(() => controller?.[Symbol.asyncDispose]())

describe("out of Grafana Labs' repository", () => {
  test('all of it is healthy', async () => {
    for (const key of keys) await healthy(key)
  })

  test('the packages are from there, and a line of either host arrives', async () => {
    const policy = await lab.shell('monitoring', 'apt-cache policy loki promtail grafana')
    expect(policy.match(/\*\*\*.*\n.*https:\/\/apt\.grafana\.com stable\/main/g)).toHaveLength(3)
    for (const name of ['monitoring', 'caddy']) await lab.shell(name, `echo 'a line of ${name}' | systemd-cat`)
    for (const name of ['monitoring', 'caddy'])
      await untilTrue(`the line of ${name}`, async () => (await arrived(`a line of ${name}`)).length === 1)
  })

  test('apt believes nobody else', async () => {
    const said = await lab.shell(
      'monitoring',
      `cp /etc/apt/apt.conf.d/60lab /tmp/60lab && sed -i '/gpgv/d' /etc/apt/apt.conf.d/60lab
apt-get update 2>&1; cp /tmp/60lab /etc/apt/apt.conf.d/60lab`,
    )
    expect(said).toMatch(/https:\/\/apt\.grafana\.com stable InRelease: .*NO_PUBKEY/)
  })

  test('what is no real program says so, everywhere', async () => {
    const told = (await controller.cli(['get', 'components'])).stdout
    for (const { program, version } of lab.sources.filter((it) => isStandIn(it.program))) {
      expect(told).toContain(`${program} ${version} on`)
    }
    const described = (await controller.cli(['describe', 'loki@monitoring'])).stdout
    expect(described.includes('StandIn')).toBe(isStandIn('loki'))
    const head = await lab.shell('monitoring', `curl -sS -D - -o /dev/null ${LOKI}/ready`)
    expect(head.includes('x-stand-in: This is a stand-in for loki')).toBe(isStandIn('loki'))
    console.info(lab.sources.map(({ program, kind, version }) => `${program} ${version}: ${kind}`).join('\n'))
  })

  test('Promtail is past its time', async () => {
    const status = await controller.status('shipper@monitoring')
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Deprecated', status: 'True' }))
  })

  test('the units are locked in as the documentation says', async () => {
    const documented = await documentedExposure()
    for (const name of ['monitoring', 'caddy']) expect(documented).toMatchObject(await exposureOn(lab, name))
  })

  test('nobody else listens for them', async () => {
    const listening = await lab.shell('monitoring', 'ss -Hltn')
    const open = [...listening.matchAll(/\s(\S+):(\d+)\s+\S+\s*$/gm)].map(([, at, port]) => `${at}:${port}`)
    const beyond = open.filter((at) => !/^(127\.|\[::1\])/.test(at) && !/:22$/.test(at))
    expect(beyond).toEqual(['192.168.99.18:3100'])
  })
})

describe('loki', () => {
  test('refuses what its checker refuses, and takes lines as before', async () => {
    await controller.write('loki.yaml', loki({ extraFlags: ['-no-such-flag'] }))
    await takesBack('loki@monitoring', 'flag provided but not defined: -no-such-flag')
    await controller.write('loki.yaml', loki())
    await healthy('loki@monitoring')
  })

  test('is started again when it was stopped', () => startsAgain('loki@monitoring', 'monitoring', 'loki.service'))

  test('is found not to work while its port answers', async () => {
    const signal = (name: string) => lab.shell('monitoring', `systemctl kill --signal=${name} loki`)
    await signal('STOP')
    await notices('loki@monitoring', 'had no complete answer within')
    await signal('CONT')
    await healthy('loki@monitoring')
  })

  test.skipIf(!isStandIn('loki'))('is found to take lines and lose them while it says that it is ready', async () => {
    const faults = '/run/homeostat-stand-ins'
    await lab.shell('monitoring', `mkdir -p ${faults} && echo swallow > ${faults}/loki`)
    const unwell = await notices('loki@monitoring', 'could not be read back')
    expect(why(unwell)).toContain('/ready on monitoring answered 200')
    await lab.shell('monitoring', `rm ${faults}/loki`)
    for (const key of keys) await healthy(key)
  })

  test('a namesake that was put in its place is replaced', async () => {
    const afterId = await lastId('loki@monitoring')
    // So that it sees what came of it, and not the middle.
    await pauseBetweenLooks(controller, 'monitoring')
    await lab.shell(
      'monitoring',
      `mkdir -p /tmp/namesake/DEBIAN && printf 'Package: loki\\nVersion: 99\\nArchitecture: all\\nMaintainer: x\\nDescription: linkage analysis\\n' > /tmp/namesake/DEBIAN/control
dpkg-deb --build /tmp/namesake /tmp/namesake.deb && dpkg -i /tmp/namesake.deb`,
    )
    controller.resume()
    const { details } = await controller.untilEvent('loki@monitoring', 'DriftFound', { afterId })
    expect(JSON.stringify(details)).toContain('apt.grafana.com')
    await healthy('loki@monitoring')
    expect(await lab.shell('monitoring', 'dpkg -s loki')).not.toContain('linkage')
  })
})

describe('promtail', () => {
  test('refuses what its checker refuses, and ships as before', async () => {
    await controller.write('shipper.yaml', shipper('promtail', { extraFlags: ['-no-such-flag'] }))
    await takesBack('shipper@monitoring', 'flag provided but not defined: -no-such-flag')
    await controller.write('shipper.yaml', shipper('promtail'))
    await healthy('shipper@monitoring')
  })

  test('is started again when it was stopped', () =>
    startsAgain('shipper@monitoring', 'monitoring', 'promtail.service'))

  test('is found to reach Loki no more while its pages answer', () =>
    losesLoki('monitoring', 'shipper@monitoring', 'promtail'))

  test('another type takes its place, and no line is lost', async () => {
    const count = 300
    const counting = lab.shell(
      'monitoring',
      `for i in $(seq ${count}); do echo "counted $i." | systemd-cat; sleep 0.1; done`,
      { timeoutMs: 240_000 },
    )
    await controller.write('shipper.yaml', shipper('alloy'))
    await controller.until('shipper@monitoring', ({ generation }) => generation > 1, { what: 'another generation' })
    await counting
    await healthy('shipper@monitoring')
    const lines = await untilTrue('all lines are there', async () => {
      const found = await arrived('counted ')
      return new Set(found).size === count && found
    })
    // What both sent is one line to Loki; more than the last seconds were not sent twice in any case.
    expect(lines.length - count).toBeLessThan(100)
    expect(await lab.shell('monitoring', 'systemctl is-active promtail || :')).toBe('inactive\n')
  })
})

describe('alloy', () => {
  test('does not start with what it does not know, and what ran before is put back', async () => {
    await controller.write('elsewhere.yaml', elsewhere({ extraFlags: ['--no-such-flag'] }))
    await takesBack('shipper-elsewhere@caddy', 'no-such-flag')
    await controller.write('elsewhere.yaml', elsewhere())
    await healthy('shipper-elsewhere@caddy')
  })

  test('is started again when it was stopped', () => startsAgain('shipper-elsewhere@caddy', 'caddy', 'alloy.service'))

  test('is found to reach Loki no more while its pages answer', () =>
    losesLoki('caddy', 'shipper-elsewhere@caddy', 'alloy'))
})

/** Packets of that user to Loki are dropped, and nobody else's. */
async function losesLoki(on: string, key: string, user: string): Promise<void> {
  await lab.shell(
    on,
    `command -v nft > /dev/null || { apt-get update -qq && apt-get install -y -qq nftables; } > /dev/null
nft add table inet cut && nft add chain inet cut out '{ type filter hook output priority 0; }'
nft add rule inet cut out meta skuid ${user} tcp dport 3100 drop`,
    { timeoutMs: 240_000 },
  )
  const unwell = await notices(key, 'could not be read back')
  expect(why(unwell)).toMatch(/ready on \w+ answered 200/)
  await lab.shell(on, 'nft delete table inet cut')
  await healthy(key)
}

describe('grafana', () => {
  const status = (path: string) =>
    lab.shell('monitoring', `curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:3000${path}`)

  test('does not start with what it does not know, and what ran before is put back', async () => {
    await controller.write(
      'grafana.yaml',
      grafana({ extraFlags: ['--no-such-flag'] }),
      dashboard('logs', { title: 'Logs' }),
    )
    await takesBack('grafana@monitoring', 'no-such-flag')
    await controller.write('grafana.yaml', grafana(), dashboard('logs', { title: 'Logs', panels: [] }))
    await healthy('grafana@monitoring')
  })

  test('shows another dashboard without a restart', async () => {
    const invocation = () => lab.shell('monitoring', 'systemctl show -P InvocationID grafana-server')
    const ranAs = await invocation()
    const documents = [
      dashboard('logs', { title: 'Logs', panels: [] }),
      dashboard('more', { title: 'More', panels: [] }),
    ]
    await controller.write('grafana.yaml', grafana(), ...documents)
    const isThere = (now: ComponentStatus) => isIn(now, 'healthy.inSync') && why(now).includes('dashboards/uid/more')
    await controller.until('grafana@monitoring', isThere, { what: 'healthy with it' })
    expect(await invocation()).toBe(ranAs)
  })

  test('is started again when it was stopped', () =>
    startsAgain('grafana@monitoring', 'monitoring', 'grafana-server.service'))

  test('is found to be without its database while its pages answer', async () => {
    await lab.shell('postgresql', 'systemctl stop postgresql')
    await notices('grafana@monitoring', '/api/health on monitoring answered 503')
    expect(await status('/login')).toBe('200')
    await lab.shell('postgresql', 'systemctl start postgresql')
    await healthy('grafana@monitoring')
  })

  test('no password of its is readable to others, or in anything that is told', async () => {
    const secret = passwords.grafana_admin_password
    const hits = `grep -rlF ${secret} /etc/homeostat /etc/systemd /var/lib/homeostat 2>/dev/null || :`
    const places = (await lab.shell('monitoring', hits)).trim().split('\n')
    // Beside the file itself, its copies in the generations, which only root can reach.
    const kept = /^\/var\/lib\/homeostat\/components\/grafana\/generations\/\d+\/files\//
    expect(places.filter((place) => !kept.test(place))).toEqual(['/etc/homeostat/grafana/secrets/admin-password'])
    expect(await lab.shell('monitoring', 'stat -c "%a %U" /var/lib/homeostat')).toBe('700 root\n')
    expect(await lab.shell('monitoring', 'stat -c "%a %U %G" /etc/homeostat/grafana/secrets/admin-password')).toBe(
      '640 root grafana\n',
    )
    const told = JSON.stringify([await controller.statuses(), await controller.events()]) + controller.log
    expect(told).not.toContain(secret)
    expect(told).not.toContain(Buffer.from(`admin:${secret}`).toString('base64'))
  })
})
