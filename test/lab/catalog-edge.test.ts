// The edge of the network on real hosts, out of one manifest: Caddy, unbound, their exporters, and what others run. Each comes up
// healthy, and each is broken in three ways that are told apart: an option that its checker refuses, a dead process, a function that
// is lost while the port still answers.
import { Resolver } from 'node:dns/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, isBlocked, isIn, newController, untilTrue } from '../support/controller.ts'
import { custom, type DocumentObject, host } from '../support/desired-yaml.ts'
import { documentedExposure, exposureOn } from '../support/hardening.ts'
import { useLab } from '../support/lab.ts'
import { answers, httpAnswer, standIn } from '../support/stand-in-services.ts'

const lab = await useLab('caddy', 'dns', 'postgresql')
/** Where what others run is: the application, the sign-on, the mail. */
const BACK = 'postgresql'
const AUTHORITY = '/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt'
const AS_CADDY = 'setpriv --reuid=caddy --regid=caddy --init-groups env HOME=/var/lib/caddy'
const UNBOUND_CONTROL = 'unbound-control -c /etc/unbound/homeostat/unbound.conf'
let controller: Controller

const wiki = { domain: 'wiki.nixmox.lan', path: '/', upstream: '192.168.99.11:8080' }
const docs = { ...wiki, domain: 'docs.nixmox.lan' }
const guarded = { ...wiki, domain: 'guarded.nixmox.lan', auth: { type: 'forward_auth', provider: 'authentik' } }

function manifest(proxies: Record<string, object> = {}): DocumentObject {
  const machine = (name: string, ip: string, more = {}) => ({ [name]: { ip, hostname: `${name}.nixmox.lan`, ...more } })
  const provider = { domain: 'auth.nixmox.lan', path: '/', upstream: '192.168.99.11:9000' }
  const application = { hostname: 'wiki-1', interface: { proxy: { wiki, guarded, ...proxies } } }
  const spec = {
    network: { domain: 'nixmox.lan', network_cidr: '192.168.99.0/24' },
    core_services: {
      ...machine('caddy', '192.168.99.10'),
      ...machine('dns', '192.168.99.13'),
      ...machine('authentik', '192.168.99.11', { interface: { proxy: provider } }),
    },
    services: machine('wiki', '192.168.99.11', application),
  }
  return { apiVersion: 'homeostat/v1', kind: 'Manifest', metadata: { name: 'lan' }, spec }
}

function component(type: string, on: string, more: Record<string, unknown> = {}): DocumentObject {
  const verify = { minHealthyTime: '1s', deadline: '60s' }
  const spec = { type, hosts: [on], verify, ...more }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name: type }, spec }
}

const caddyExporter = (options = {}) => component('caddy-exporter', 'caddy', { dependsOn: ['caddy'], options })
const unboundExporter = (options = {}) => component('unbound-exporter', 'dns', { dependsOn: ['unbound'], options })
const keys = ['caddy@caddy', 'caddy-exporter@caddy', 'unbound@dns', 'unbound-exporter@dns']
const signOn = httpAnswer('302 Found', ['Location: https://auth.nixmox.lan/start?rd=x'])

const healthy = (key: string) => controller.untilState(key, 'healthy.inSync')
const why = (status: ComponentStatus | undefined) => JSON.stringify([status?.conditions, status?.lastProbes])
const lastId = async (key: string) => (await controller.events(key)).at(-1)?.id ?? 0
const curl = (words: string) =>
  lab.shell('caddy', `curl -sS -m 10 --cacert ${AUTHORITY} --connect-to ::127.0.0.1 ${words}`)
const answerOf = (words: string) => curl(`-o /dev/null -w '%{http_code} %{redirect_url}' ${words}`)
const fromOutside = (words: string) => lab.shell(BACK, `curl -s -m 10 ${words}`)
const invocation = (on: string, unit: string) => lab.shell(on, `systemctl show -P InvocationID ${unit}`)
const loadIntoCaddy = async (config: string, more = '') => {
  const encoded = Buffer.from(config).toString('base64')
  await lab.shell('caddy', `echo ${encoded} | base64 -d > /tmp/other && chmod 0644 /tmp/other`)
  await lab.shell('caddy', `${AS_CADDY} caddy reload --adapter caddyfile --config /tmp/other ${more} 2>&1`)
}

/** The component is not well any more, and says why. */
async function notices(key: string, reason: string): Promise<void> {
  const isUnwell = (now: ComponentStatus) => !isIn(now, 'healthy.inSync') && why(now).includes(reason)
  await controller.until(key, isUnwell, { what: `not well because of: ${reason}` })
}

/** A change is rejected on the host, and says why; what was proven before is there. */
async function takesBack(key: string, reason: string): Promise<void> {
  const rolledBack = await controller.untilState(key, 'rolledBack.holding')
  expect(why(rolledBack)).toContain(reason)
  expect(rolledBack.lastGood).toBeDefined()
}

beforeAll(async () => {
  await standIn(lab, BACK, 'wiki', { port: 8080, kind: 'http' })
  await standIn(lab, BACK, 'authentik', { port: 9000, kind: 'http' })
  await standIn(lab, BACK, 'mail', { port: 25, kind: 'greeting' })
  await answers(lab, BACK, 'wiki', httpAnswer('200 OK', ['Server: wiki'], 'hello from the wiki'))
  await answers(lab, BACK, 'authentik', signOn)
  await answers(lab, BACK, 'authentik', httpAnswer('200 OK'), '/-/health/ready/')
  controller = await newController(lab, { resync: '2s' })
  await controller.write('hosts.yaml', ...['caddy', 'dns', BACK].map((name) => host(lab, name)))
  await controller.write('manifest.yaml', manifest())
  await controller.write('caddy.yaml', component('caddy', 'caddy'))
  await controller.write('caddy-exporter.yaml', caddyExporter())
  await controller.write('unbound.yaml', component('unbound', 'dns'))
  await controller.write('unbound-exporter.yaml', unboundExporter())
  controller.start()
})
afterAll(() => controller?.[Symbol.asyncDispose]())

describe('out of one manifest', () => {
  test('all of it is healthy, exporters after what they export', async () => {
    for (const key of keys) await healthy(key)
    const healthyAtMs = async (key: string) => (await controller.untilEvent(key, 'Healthy')).atMs
    expect(await healthyAtMs('caddy-exporter@caddy')).toBeGreaterThan(await healthyAtMs('caddy@caddy'))
    expect(await healthyAtMs('unbound-exporter@dns')).toBeGreaterThan(await healthyAtMs('unbound@dns'))
  })

  test('a site is served under its name, with a certificate for it and without a word of the server', async () => {
    const answer = await curl('-D - https://wiki.nixmox.lan/')
    expect(answer).toContain('hello from the wiki')
    expect(answer).toContain('strict-transport-security: max-age=31536000')
    expect(answer).toContain('x-frame-options: SAMEORIGIN')
    expect(answer).not.toMatch(/^server:/im)
    expect(await answerOf('http://wiki.nixmox.lan/')).toBe('308 https://wiki.nixmox.lan/')
  })

  test('who comes without a name is sent to the provider, whatever he says of himself', async () => {
    expect(await answerOf('https://guarded.nixmox.lan/')).toBe('302 https://auth.nixmox.lan/start?rd=x')
    expect(await answerOf('-H "X-Authentik-Username: admin" https://guarded.nixmox.lan/')).toMatch(/^302 /)
  })

  test('the digest of the configuration is for the host itself', async () => {
    const asked = '-H "Host: homeostat.invalid" https://wiki.nixmox.lan/'
    expect(await curl(asked)).toMatch(/^[0-9a-f]{64}$/)
    expect(await fromOutside(`-k -w '%{http_code}' --connect-to ::192.168.99.10 ${asked}`)).toBe('404')
  })

  test("Caddy's metrics are on the network, and its admin API is not", async () => {
    expect(await fromOutside('http://192.168.99.10:2019/metrics')).toContain('caddy_http_requests_total{')
    for (const path of ['/config/', '/load', '/'])
      expect(await fromOutside(`-w '%{http_code}' http://192.168.99.10:2019${path}`)).toBe('404')
    const socket = 'stat -c "%a %U" /run/homeostat-caddy /run/homeostat-caddy/admin.sock'
    expect(await lab.shell('caddy', socket)).toBe('700 caddy\n700 caddy\n')
  })

  test('names are answered over UDP too, machines by their own address, sites by that of the proxy', async () => {
    const resolver = new Resolver()
    resolver.setServers(['192.168.99.13'])
    expect(await resolver.resolve4('dns.nixmox.lan')).toEqual(['192.168.99.13'])
    expect(await resolver.resolve4('wiki-1.nixmox.lan')).toEqual(['192.168.99.11'])
    expect(await resolver.resolve4('wiki.nixmox.lan')).toEqual(['192.168.99.10'])
    expect(await resolver.reverse('192.168.99.13')).toEqual(['dns.nixmox.lan'])
    await expect(resolver.resolve4('nobody.nixmox.lan')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  test("unbound's numbers are on the network", async () => {
    const page = await fromOutside('http://192.168.99.13:9167/metrics')
    expect(page).toContain('\nunbound_up 1\n')
    expect(page).toMatch(/^unbound_query_types_total\{type="A"\} [1-9]/m)
  })

  test('the units are locked in as the documentation says', async () => {
    const documented = await documentedExposure()
    for (const name of ['caddy', 'dns']) expect(documented).toMatchObject(await exposureOn(lab, name))
  })

  test('another service changes the proxy and the names, by a reload each, and nothing else', async () => {
    const invocations = async () => [await invocation('caddy', 'caddy'), await invocation('dns', 'unbound')]
    const generations = () => Promise.all(keys.map(async (key) => (await controller.status(key))?.generation ?? 0))
    const [ranAs, were] = [await invocations(), await generations()]
    const afterIds = await Promise.all(['caddy@caddy', 'unbound@dns'].map(lastId))
    await controller.write('manifest.yaml', manifest({ docs }))
    await controller.untilEvent('caddy@caddy', 'Healthy', { afterId: afterIds[0] ?? 0 })
    await controller.untilEvent('unbound@dns', 'Healthy', { afterId: afterIds[1] ?? 0 })
    expect(await curl('https://docs.nixmox.lan/')).toContain('hello from the wiki')
    expect(await invocations()).toEqual(ranAs)
    expect((await generations()).map((now, at) => now - (were[at] ?? 0))).toEqual([1, 0, 1, 0])
  })
})

describe('caddy', () => {
  test('refuses what its checker refuses, and serves as before', async () => {
    await controller.write('manifest.yaml', manifest({ docs: { ...docs, extra_config: 'no_such_directive' } }))
    await takesBack('caddy@caddy', 'unrecognized directive: no_such_directive')
    expect(await curl('https://docs.nixmox.lan/')).toContain('hello from the wiki')
    await controller.write('manifest.yaml', manifest())
    await healthy('caddy@caddy')
  })

  test('goes back when it cannot take in what its checker had no objection to', async () => {
    const digest = await curl('-H "Host: homeostat.invalid" https://wiki.nixmox.lan/')
    await controller.write('caddy-exporter.yaml', caddyExporter({ port: 22 }))
    await takesBack('caddy@caddy', 'address already in use')
    // Caddy 2.6 goes on answering with half of what it could not take in: now and then, until it is a new process.
    for (let request = 0; request < 10; request += 1)
      expect(await curl('-H "Host: homeostat.invalid" http://wiki.nixmox.lan/')).toBe(digest)
    await controller.write('caddy-exporter.yaml', caddyExporter())
    for (const key of ['caddy@caddy', 'caddy-exporter@caddy']) await healthy(key)
  })

  test('is started again when it was stopped', async () => {
    const afterId = await lastId('caddy@caddy')
    await lab.shell('caddy', 'systemctl stop caddy')
    const { message } = await controller.untilEvent('caddy@caddy', 'DriftFound', { afterId })
    expect(message).toContain('unit:caddy.service')
    await healthy('caddy@caddy')
    expect(await curl('https://wiki.nixmox.lan/')).toContain('hello from the wiki')
  })

  test('is found to serve something else while its ports answer, and is put right', async () => {
    const names = ['wiki', 'guarded', 'auth'].map((name) => `https://${name}.nixmox.lan`).join(', ')
    await loadIntoCaddy(
      `{\n\tadmin unix//run/homeostat-caddy/admin.sock\n\tskip_install_trust\n}\n
${names} {\n\ttls internal\n\trespond "something else"\n}\nhttp:// {\n\trespond "something else"\n}\n`,
    )
    expect(await curl('https://wiki.nixmox.lan/')).toBe('something else')
    await notices('caddy@caddy', 'configuration loaded')
    await healthy('caddy@caddy')
    expect(await curl('https://wiki.nixmox.lan/')).toContain('hello from the wiki')
    await healthy('caddy-exporter@caddy')
  })

  test('is not blamed for an upstream that is down', async () => {
    await lab.shell(BACK, 'systemctl stop wiki.socket')
    expect(await answerOf('https://wiki.nixmox.lan/')).toMatch(/^502/)
    await controller.cli(['reconcile', 'caddy@caddy'])
    expect((await healthy('caddy@caddy')).lastProbes.every(({ passed }) => passed)).toBe(true)
    await lab.shell(BACK, 'systemctl start wiki.socket')
  })

  test('that lets anybody in is not well, nor with an outpost that does not know the site', async () => {
    await answers(lab, BACK, 'authentik', httpAnswer('200 OK'))
    await notices('caddy@caddy', 'answered 200: anybody may come in without signing on')
    await answers(lab, BACK, 'authentik', httpAnswer('404 Not Found'))
    await notices('caddy@caddy', 'answered 404: the outpost of the provider does not know this site')
    await answers(lab, BACK, 'authentik', signOn)
    await healthy('caddy@caddy')
  })
})

describe('caddy-exporter', () => {
  test('without a Caddy on its host is told before anything is touched', async () => {
    await controller.write('stray.yaml', { ...component('caddy-exporter', 'dns'), metadata: { name: 'stray' } })
    const { stdout, exitCode } = await controller.cli(['validate', controller.desired])
    expect(stdout).toContain('there is no component of type caddy on dns')
    expect(exitCode).toBe(1)
    await controller.remove('stray.yaml')
  })

  test("is not well where Caddy's whole API answers in its place", async () => {
    await loadIntoCaddy(
      '{\n\tadmin 192.168.99.10:2019\n}\nhttp://homeostat.invalid {\n}\n',
      '--address unix//run/homeostat-caddy/admin.sock',
    )
    expect(await fromOutside(`-o /dev/null -w '%{http_code}' http://192.168.99.10:2019/config/`)).toMatch(/200|403/)
    await notices('caddy-exporter@caddy', 'admin API out of reach')
    for (const key of ['caddy@caddy', 'caddy-exporter@caddy']) await healthy(key)
  })
})

describe('unbound', () => {
  test('refuses what its checker refuses, and answers as before', async () => {
    const options = { extraConfig: 'server:\n  no-such-setting: yes\n' }
    await controller.write('unbound.yaml', component('unbound', 'dns', { options }))
    await takesBack('unbound@dns', 'no-such-setting')
    expect(await lab.shell('dns', `${UNBOUND_CONTROL} status`)).toContain('is running')
    await controller.write('unbound.yaml', component('unbound', 'dns'))
    await healthy('unbound@dns')
  })

  test('is started again when it was stopped', async () => {
    const afterId = await lastId('unbound@dns')
    await lab.shell('dns', 'systemctl stop unbound')
    const { message } = await controller.untilEvent('unbound@dns', 'DriftFound', { afterId })
    expect(message).toContain('unit:unbound.service')
    await healthy('unbound@dns')
  })

  test('is found to have lost a name while it answers, and is put right', async () => {
    await lab.shell('dns', `${UNBOUND_CONTROL} local_data_remove wiki.nixmox.lan`)
    await notices('unbound@dns', 'wiki.nixmox.lan was answered NXDOMAIN')
    await healthy('unbound@dns')
    expect(await lab.shell('dns', `${UNBOUND_CONTROL} list_local_data`)).toContain('wiki.nixmox.lan.')
  })
})

describe('unbound-exporter', () => {
  test('goes back when its port is taken', async () => {
    await controller.write('unbound-exporter.yaml', unboundExporter({ port: 53 }))
    await takesBack('unbound-exporter@dns', 'Address already in use')
    await controller.write('unbound-exporter.yaml', unboundExporter())
    await healthy('unbound-exporter@dns')
  })

  test('listens again when its socket was stopped', async () => {
    const afterId = await lastId('unbound-exporter@dns')
    await lab.shell('dns', 'systemctl stop unbound-exporter.socket')
    const { message } = await controller.untilEvent('unbound-exporter@dns', 'DriftFound', { afterId })
    expect(message).toContain('unit:unbound-exporter.socket')
    await healthy('unbound-exporter@dns')
  })

  test('is not well while it answers without the numbers', async () => {
    await lab.shell('dns', 'chmod 0600 /var/lib/unbound/control.sock')
    await notices('unbound-exporter@dns', 'unbound_up 0')
    await lab.shell('dns', 'chmod 0660 /var/lib/unbound/control.sock')
    await healthy('unbound-exporter@dns')
  })
})

describe('what others run', () => {
  const external = (type: string, more = {}) =>
    component(type, BACK, { external: true, options: { address: '192.168.99.11' }, ...more })
  const untouched = async () => expect(await lab.shell(BACK, 'ls -A /var/lib/homeostat 2>/dev/null || true')).toBe('')
  const both = [`authentik@${BACK}`, `mail-relay@${BACK}`]

  test('is waited for until it is there, and is never touched', async () => {
    await answers(lab, BACK, 'mail', '421 too busy\r\n')
    await controller.write('external.yaml', external('authentik'), external('mail-relay'))
    const files = [{ path: '/etc/needs-mail', content: 'x' }]
    await controller.write('needs.yaml', custom('needs-mail', ['caddy'], { files }, { dependsOn: ['mail-relay'] }))
    await healthy(`authentik@${BACK}`)
    const waiting = await controller.until('needs-mail@caddy', (now) => isBlocked(now, 'DependencyNotHealthy'))
    expect(why(waiting)).toContain(`mail-relay@${BACK}`)
    expect(why(await controller.status(`mail-relay@${BACK}`))).toContain('421 too busy')
    await answers(lab, BACK, 'mail', '220 mail.nixmox.lan ESMTP\r\n')
    for (const key of [`mail-relay@${BACK}`, 'needs-mail@caddy']) await healthy(key)
    await untouched()
    const { stdout } = await controller.cli(['get', 'components', ...both])
    expect(stdout.match(/External: run by others: never changed, only observed/g)).toHaveLength(2)
  })

  test('is not well when it has died or answers wrongly, and is never rolled back', async () => {
    await lab.shell(BACK, 'systemctl stop mail.socket')
    await answers(lab, BACK, 'authentik', httpAnswer('503 Service Unavailable'), '/-/health/ready/')
    await notices(`mail-relay@${BACK}`, 'accepts no connection')
    await notices(`authentik@${BACK}`, 'answered 503, expected 200 or 204')
    await lab.shell(BACK, 'systemctl start mail.socket')
    await answers(lab, BACK, 'authentik', httpAnswer('200 OK'), '/-/health/ready/')
    for (const key of both) await healthy(key)
    const reasons = (await Promise.all(both.map((key) => controller.events(key)))).flat().map(({ reason }) => reason)
    expect(reasons).not.toContain('RollingBack')
    expect(reasons).not.toContain('Applied')
    await untouched()
  })

  test('has to be called external', async () => {
    await controller.write('external.yaml', external('authentik', { external: false }), external('mail-relay'))
    await untilTrue('validate says so', async () =>
      (await controller.cli(['validate', controller.desired])).stdout.includes('expected external: true'),
    )
  })
})
