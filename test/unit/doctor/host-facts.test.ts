// The script that asks a host about itself, run by this machine's own shell, and what is made of its lines.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { factsScript, parseFacts } from '../../../src/doctor/host-facts.ts'
import { connectionsOf, expectedNames } from '../../../src/doctor/needs.ts'
import type { HostSpec } from '../../../src/model/host.ts'
import type { Manifest } from '../../../src/model/manifest.ts'

it('tells of this very machine', async () => {
  const { stdout } = await promisify(execFile)('sh', ['-c', factsScript(['localhost', "no'such.invalid"])])
  const facts = parseFacts(stdout)
  expect(Math.abs((facts?.timeMs ?? 0) - Date.now())).toBeLessThan(60_000)
  expect(facts?.disk?.totalKiB).toBeGreaterThan(0)
  expect(facts?.names.localhost?.some((it) => it === '127.0.0.1' || it === '::1')).toBe(true)
  expect(facts?.names["no'such.invalid"]).toEqual([])
  expect(facts?.lacks).not.toContain('stat')
})

it('makes nothing of what did not come to its end, and passes over what is no line of ours', () => {
  expect(parseFacts('time\t1\nlacks\tawk\n')).toBeUndefined()
  expect(parseFacts('motd\n\t\nlock\t7 90 apt get\narmed\t5 web\ntime\t1\nend\t.\n')).toMatchObject({
    ...{ timeMs: 1, locks: [{ pid: 7, seconds: 90, program: 'apt get' }], armed: [{ component: 'web', seconds: 5 }] },
    ...{ lacks: [], failedUnits: [], names: {} },
  })
})

const service = (ip: string, hostname: string, enable = true) => ({
  ...{ ip, hostname, enable, ports: [], depends_on: [], interface: {} },
})
const manifest: Manifest = {
  network: { domain: 'lan' },
  core_services: { db: service('192.0.2.2', 'db.lan'), old: service('192.0.2.9', 'old.lan', false) },
  services: { web: service('192.0.2.1', 'web.lan'), mail: service('192.0.2.3', 'mail') },
}
const host = (name: string, address: string) => ({ name, address }) as HostSpec
const hosts = { one: host('one', '192.0.2.1'), two: host('two', '192.0.2.2') }

it('reads out of files who needs whom, by address where there is one', () => {
  const content = `targets: [192.0.2.2:9100, "db.lan:9100"]\nurl: http://192.0.2.3:25/x\nname = db.lan:5432\n
listen 192.0.2.1:80\nold.lan:1 192.0.2.9:2 x192.0.2.2:3 192.0.2.2:4:5 192.0.2.22:6 192.0.2.2:99999 12:30`
  const file = { kind: 'file' as const, path: '/a', content, owner: 'root', group: 'root', mode: 0o644 }
  const target = { component: 'c', host: 'one', type: 'custom', revision: '', resources: [file], probes: [] }
  const found = connectionsOf(target, hosts, manifest).map(({ address, port, to }) => `${address}:${port} ${to}`)
  expect(found).toEqual(['192.0.2.2:9100 two', '192.0.2.3:25 mail', 'db.lan:5432 two'])
})

it('expects full names of what is enabled', () => {
  expect(expectedNames(manifest)).toEqual({ 'db.lan': '192.0.2.2', 'web.lan': '192.0.2.1' })
  expect(expectedNames(undefined)).toEqual({})
})
