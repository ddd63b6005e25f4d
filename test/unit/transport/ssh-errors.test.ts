// What the errors of ssh2 mean, in our kinds and words.
import { describe, expect, it } from 'vitest'
import type { HostSpec } from '../../../src/model/host.ts'
import { connectError, type Ssh2Error, tunnelError } from '../../../src/transport/ssh-errors.ts'

const host: HostSpec = {
  name: 'web',
  address: '192.168.99.10',
  platform: 'debian',
  connection: 'ssh',
  ssh: { user: 'root', port: 22, hostKeys: [], sudo: false },
  labels: {},
}

// Messages, levels and codes as ssh2 1.17 and node-ssh 13.2 produce them.
function error(message: string, extra: Partial<Ssh2Error> = {}): Ssh2Error {
  return Object.assign(new Error(message), extra)
}

describe('connectError', () => {
  it.each([
    ['connect ECONNREFUSED', { level: 'client-socket', code: 'ECONNREFUSED' }, 'unreachable', 'connection refused'],
    ['connect EHOSTUNREACH', { level: 'client-socket', code: 'EHOSTUNREACH' }, 'unreachable', 'no route'],
    ['getaddrinfo ENOTFOUND web', { level: 'client-socket', code: 'ENOTFOUND' }, 'unreachable', 'resolved'],
    ['Timed out while waiting for handshake', { level: 'client-timeout' }, 'unreachable', 'in time'],
    ['Connection lost before handshake', { level: 'protocol' }, 'unreachable', 'PerSourcePenalties'],
    ['All configured authentication methods failed', { level: 'client-authentication' }, 'authentication', 'key one'],
    ['Too many authentication failures', { code: 2 }, 'authentication', 'key one'],
    ['Handshake failed: no matching host key format', { level: 'handshake' }, 'host-key', 'Ed25519'],
  ] as const)('%s', (message, extra, kind, words) => {
    const result = connectError(host, error(message, extra), ['key one'], ['key two is locked'])
    expect(result).toMatchObject({ kind, sent: false, host: 'web' })
    expect(result.message).toContain(words)
  })
})

describe('tunnelError', () => {
  it.each([
    [1, 'open failed', 'privilege'],
    [2, 'Connection refused', 'refused'],
    [2, 'No route to host', 'refused'],
    [2, 'Connection timed out', 'timeout'],
  ] as const)('reason %i, %s: %s', (reason, said, kind) => {
    const result = tunnelError(host, '127.0.0.1', 9090, error(`(SSH) Channel open failure: ${said}`, { reason }))
    expect(result).toMatchObject({ kind, sent: false })
    expect(result.message).toContain('127.0.0.1:9090')
  })
})
