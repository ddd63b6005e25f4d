// The reading of OpenSSH's known_hosts format.
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { knownHostsName, lookUp, matchesHost, parseKnownHosts } from '../../../src/transport/known-hosts.ts'

// A real public key, as ssh-keygen wrote it.
const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIJvMLnhIAaujg0XHE+9FhBqMO7J/bjDrNLYLknPPDQZS'

describe('matchesHost', () => {
  it.each([
    ['web.example', 'web.example', true],
    ['web.example', 'WEB.example'.toLowerCase(), true],
    ['WEB.example', 'web.example', true],
    ['web.example,10.0.0.1', '10.0.0.1', true],
    ['*.example', 'web.example', true],
    ['*.example', 'example', false],
    ['10.0.0.?', '10.0.0.7', true],
    ['10.0.0.?', '10.0.0.77', false],
    ['*,!secret.example', 'web.example', true],
    ['*,!secret.example', 'secret.example', false],
    ['!secret.example,*', 'secret.example', false],
    ['!web.example', 'other.example', false],
    ['[web.example]:2222', '[web.example]:2222', true],
    ['[web.example]:2222', 'web.example', false],
    ['web.example', '[web.example]:2222', false],
    ['[*.example]:2222', '[web.example]:2222', true],
    ['*a*b*c', 'xxaxxbxxc', true],
    ['*a*b*c', 'xxaxxbxx', false],
    ['', 'web.example', false],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(matchesHost(pattern, name)).toBe(expected)
  })

  it('finds a hashed name and no other', () => {
    const salt = Buffer.alloc(20, 7)
    const hash = createHmac('sha1', salt).update('web.example').digest('base64')
    const field = `|1|${salt.toString('base64')}|${hash}`
    expect(matchesHost(field, 'web.example')).toBe(true)
    expect(matchesHost(field, 'web.example.org')).toBe(false)
    expect(matchesHost('|2|x|y', 'web.example')).toBe(false)
    expect(matchesHost('|1|x', 'web.example')).toBe(false)
  })

  it('stays quick on a pattern made to be slow', () => {
    const startedAt = performance.now()
    expect(matchesHost(`${'*a'.repeat(200)}b`, 'a'.repeat(5_000))).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(30_000)
  })
})

describe('parseKnownHosts', () => {
  it('skips comments, blank lines and what is not well formed', () => {
    const text = `# comment\n\nweb ssh-ed25519\nweb ssh-ed25519 !!!\n@strange web ssh-ed25519 ${key}\nweb ssh-ed25519 ${key} a comment\r\n`
    expect(parseKnownHosts(text)).toEqual([
      { marker: 'none', hosts: 'web', type: 'ssh-ed25519', key: Buffer.from(key, 'base64') },
    ])
  })

  it('reads markers', () => {
    const text = `@revoked web ssh-ed25519 ${key}\n@cert-authority *.example ssh-ed25519 ${key}`
    expect(parseKnownHosts(text).map((entry) => entry.marker)).toEqual(['revoked', 'cert-authority'])
  })
})

describe('lookUp', () => {
  it('keeps keys, revoked keys and authorities apart', () => {
    const text = `web ssh-ed25519 ${key}\n@revoked * ssh-ed25519 ${key}\n@cert-authority *.example ssh-ed25519 ${key}`
    expect(lookUp(text, 'web')).toMatchObject({
      keys: [{ type: 'ssh-ed25519' }],
      revoked: [Buffer.from(key, 'base64')],
      hasAuthority: false,
    })
    expect(lookUp(text, 'db.example')).toMatchObject({ keys: [], hasAuthority: true })
  })
})

describe('knownHostsName', () => {
  it('is bare on port 22 and bracketed on any other', () => {
    expect(knownHostsName('Web.Example', 22)).toBe('web.example')
    expect(knownHostsName('web.example', 2222)).toBe('[web.example]:2222')
    expect(knownHostsName('fe80::1', 2222)).toBe('[fe80::1]:2222')
  })
})
