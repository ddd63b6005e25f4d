// The hosts of a lab: what is refused, and the name files they are written to.
import { describe, expect, test } from 'vitest'
import { checkHosts, hostsFile, knownHostsFile, shippedHosts } from '../../../src/lab/lab-hosts.ts'
import { hostPaths, labPaths } from '../../../src/lab/lab-paths.ts'

describe('the hosts of a lab', () => {
  test('the shipped ones are good', () => {
    expect(() => checkHosts(shippedHosts)).not.toThrow()
  })

  test.each([
    ['no host at all', [], 'at least one host'],
    ['a name with a blank', [{ name: 'a b', address: '192.168.99.2' }], '"a b" is not a host name'],
    ['a name that leaves the directory', [{ name: '../a', address: '192.168.99.2' }], 'is not a host name'],
    ['an address elsewhere', [{ name: 'a', address: '10.0.0.1' }], 'a: 10.0.0.1 is not an address of the lab'],
    ['the address of the bridge', [{ name: 'a', address: '192.168.99.1' }], 'is not an address of the lab'],
    ['no address', [{ name: 'a', address: '192.168.99.300' }], 'is not an address of the lab'],
    [
      'one address twice',
      [
        { name: 'a', address: '192.168.99.2' },
        { name: 'b', address: '192.168.99.2' },
      ],
      '192.168.99.2 is given to two hosts',
    ],
    [
      'one address for a host and for what another plays',
      [
        { name: 'a', address: '192.168.99.2', plays: [{ name: 'c', address: '192.168.99.3' }] },
        { name: 'b', address: '192.168.99.3' },
      ],
      '192.168.99.3 is given to two hosts',
    ],
  ])('%s is refused', (_, hosts, message) => {
    expect(() => checkHosts(hosts)).toThrow(message)
  })

  test('every host knows every host by both names', () => {
    expect(hostsFile(shippedHosts)).toBe(`127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
192.168.99.18 monitoring.nixmox.lan monitoring
192.168.99.11 postgresql.nixmox.lan postgresql
192.168.99.10 caddy.nixmox.lan caddy
192.168.99.13 dns.nixmox.lan dns
192.168.99.12 authentik.nixmox.lan authentik
192.168.99.19 mail.nixmox.lan mail
`)
  })

  test('known_hosts holds a key under address and names', () => {
    const host = { name: 'dns', address: '192.168.99.13' }
    expect(knownHostsFile([{ host, publicKey: 'ssh-ed25519 AAAA' }])).toBe(
      '192.168.99.13,dns,dns.nixmox.lan ssh-ed25519 AAAA\n',
    )
  })
})

describe('the paths of a lab', () => {
  test('labs of different names share nothing', () => {
    const own = (name: string) => {
      const lab = labPaths(name)
      return [lab.state, lab.runtime, lab.lock, lab.namespacePath, lab.group, hostPaths(lab, 'dns').state]
    }
    expect(own('one').filter((path) => own('two').includes(path))).toEqual([])
  })

  test.each(['', 'A', 'a/b', '..', '-a', 'a'.repeat(32)])('"%s" cannot name a lab', (name) => {
    expect(() => labPaths(name)).toThrow('cannot name a lab')
  })
})
