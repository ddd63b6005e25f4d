// SSH against a real sshd: the host proves who it is before anything is sent, by a pinned key or by known_hosts.
import { execFileSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SshOptions } from '../../src/model/host.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import { generateKey, isRoot, knownHostsLine, publicKey, startSshd, type TestSshd } from './transport-sshd.ts'
import { failure } from './transport-support.ts'

const timeoutMs = 15_000
let sshd: TestSshd
let counter = 0

beforeAll(async () => {
  if (isRoot) sshd = await startSshd({ keyTypes: ['ed25519', 'rsa', 'ecdsa'] })
})
afterAll(async () => sshd?.stop())

/** Runs `true` on a new connection, trusting what `ssh` says. */
async function visit(ssh: Partial<SshOptions>): Promise<number> {
  const transport = sshTransport(sshd.host(ssh), { connectTimeoutMs: 10_000 })
  try {
    return (await transport.run(['true'], { timeoutMs })).exitCode
  } finally {
    await transport.close()
  }
}

function knownHosts(text: string): string {
  const file = join(sshd.directory, `known-${++counter}`)
  writeFileSync(file, text)
  return file
}

function logins(): number {
  return sshd.log().match(/Accepted|Failed|Postponed|userauth/g)?.length ?? 0
}

describe.skipIf(!isRoot)('a host key', () => {
  it('that is unknown is refused, with its fingerprint and how to trust it, and nothing is sent', async () => {
    const before = logins()
    const knownHostsFile = join(sshd.directory, 'does-not-exist')
    const error = await failure(visit({ knownHostsFile }))
    expect(error).toMatchObject({ kind: 'host-key', sent: false })
    for (const part of [
      sshd.fingerprint('ed25519'),
      `[127.0.0.1]:${sshd.port}`,
      knownHostsFile,
      'ssh-keygen -lf',
      'ssh-keyscan',
      'Nothing was sent',
    ]) {
      expect(error.message).toContain(part)
    }
    expect(error.message).not.toContain(publicKey(sshd.hostKeyFile('ed25519')).base64)
    expect(logins()).toBe(before)
  })

  it('can be added by the very command that the refusal names', async () => {
    const knownHostsFile = join(sshd.directory, 'scanned')
    const error = await failure(visit({ knownHostsFile }))
    const command = error.message.match(/ssh-keyscan .*? >> \S+/)?.[0] ?? ''
    execFileSync('sh', ['-c', command.replace(/\.$/, '')], { stdio: 'ignore' })
    expect(await visit({ knownHostsFile })).toBe(0)
  })

  it('that changed is refused, saying both, and nothing is sent', async () => {
    const before = logins()
    const other = join(sshd.directory, 'other-host')
    generateKey('ed25519', other)
    const error = await failure(visit({ knownHostsFile: knownHosts(knownHostsLine(sshd.port, other)) }))
    expect(error).toMatchObject({ kind: 'host-key', sent: false })
    expect(error.message).toContain(sshd.fingerprint('ed25519'))
    expect(error.message).toContain(
      execFileSync('ssh-keygen', ['-lf', `${other}.pub`], { encoding: 'utf8' }).split(' ')[1],
    )
    expect(error.message).toContain('ssh-keygen -R')
    expect(logins()).toBe(before)
  })

  it('is found in a file that ssh-keygen hashed', async () => {
    const knownHostsFile = join(sshd.directory, 'hashed')
    copyFileSync(sshd.knownHostsFile, knownHostsFile)
    execFileSync('ssh-keygen', ['-H', '-f', knownHostsFile], { stdio: 'ignore' })
    expect(await visit({ knownHostsFile })).toBe(0)
  })

  it.each(['rsa', 'ecdsa', 'ed25519'])('known by its %s key alone is asked for that key', async (type) => {
    expect(await visit({ knownHostsFile: knownHosts(knownHostsLine(sshd.port, sshd.hostKeyFile(type))) })).toBe(0)
  })

  it.each(['rsa', 'ecdsa', 'ed25519'])('pinned by fingerprint is accepted for the %s key', async (type) => {
    expect(await visit({ hostKeys: [sshd.fingerprint(type)], knownHostsFile: '/nonexistent' })).toBe(0)
  })

  it('pinned as a public key wins over known_hosts, both ways', async () => {
    const { type, base64 } = publicKey(sshd.hostKeyFile('rsa'))
    const other = join(sshd.directory, 'pin-other')
    generateKey('ed25519', other)
    const wrong = publicKey(other)
    expect(
      await visit({ hostKeys: [`${type} ${base64}`], knownHostsFile: knownHosts(knownHostsLine(sshd.port, other)) }),
    ).toBe(0)
    const error = await failure(visit({ hostKeys: [`${wrong.type} ${wrong.base64}`] }))
    expect(error).toMatchObject({ kind: 'host-key', sent: false })
    expect(error.message).toContain('ssh.hostKeys')
  })

  it('pinned by a wrong fingerprint is refused', async () => {
    const error = await failure(visit({ hostKeys: [`SHA256:${'A'.repeat(43)}`] }))
    expect(error).toMatchObject({ kind: 'host-key', sent: false })
    expect(error.message).toContain(sshd.fingerprint('ed25519'))
  })

  it('pinned by something that is no key is refused before connecting', async () => {
    const error = await failure(visit({ hostKeys: ['MD5:00:11'], port: 1 }))
    expect(error).toMatchObject({ kind: 'host-key', sent: false })
  })

  it('marked as revoked is refused even when it is known as well', async () => {
    const line = knownHostsLine(sshd.port, sshd.hostKeyFile('ed25519'))
    const error = await failure(visit({ knownHostsFile: knownHosts(`${line}@revoked ${line}`) }))
    expect(error.kind).toBe('host-key')
    expect(error.message).toContain('revoked')
  })

  it('vouched for by a certificate authority only is refused with a reason', async () => {
    const line = knownHostsLine(sshd.port, sshd.hostKeyFile('ed25519'))
    const error = await failure(visit({ knownHostsFile: knownHosts(`@cert-authority ${line}`) }))
    expect(error.kind).toBe('host-key')
    expect(error.message).toContain('certificates are not supported')
  })
})
