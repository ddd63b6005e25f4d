// SSH against a real sshd: ciphers with their keys in Node's own form, new keys in the middle of a stream, a server without AES-GCM.
import { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import ssh2 from 'ssh2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { useNativeKeys } from '../../src/transport/cipher-keys.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import { isRoot, startSshd } from './transport-sshd.ts'

const timeoutMs = 30_000
const megabytes = 3

async function open(config: string[]) {
  const sshd = await startSshd({ config })
  onTestFinished(() => sshd.stop())
  return sshd
}

describe.skipIf(!isRoot)('ciphers', () => {
  it('finds the keys where ssh2 has them', { timeout: timeoutMs }, async () => {
    const sshd = await open([])
    const client = new ssh2.Client()
    onTestFinished(() => void client.end())
    const { port, user: username } = sshd.host().ssh
    await new Promise((resolve, reject) => {
      client.on('ready', () => resolve(undefined)).on('error', reject)
      client.connect({ host: '127.0.0.1', port, username, privateKey: readFileSync(sshd.identityFile) })
    })
    useNativeKeys(client)
    expect(client).toHaveProperty('_protocol._cipher._encKey', expect.any(KeyObject))
    expect(client).toHaveProperty('_protocol._decipher._decipherKey', expect.any(KeyObject))
  })

  it.each([
    'Ciphers chacha20-poly1305@openssh.com',
    'Ciphers aes256-cbc',
    'Ciphers aes128-ctr\nMACs hmac-sha1,hmac-sha1-etm@openssh.com',
    'KexAlgorithms diffie-hellman-group14-sha1',
  ])('agrees on nothing with a server that has only %j', { timeout: timeoutMs }, async (lines) => {
    const sshd = await open(lines.split('\n'))
    const transport = sshTransport(sshd.host(), { agentSocket: '' })
    onTestFinished(() => transport.close())
    await expect(transport.run(['true'], { timeoutMs: 10_000 })).rejects.toMatchObject({
      ...{ name: 'TransportError', kind: 'unreachable' },
      message: expect.stringContaining('no matching'),
    })
  })

  it.each([['RekeyLimit 1M'], ['Ciphers aes128-ctr']])(
    'carries exact bytes both ways with %s',
    {
      timeout: timeoutMs,
    },
    async (line) => {
      const sshd = await open([line])
      const transport = sshTransport(sshd.host(), { agentSocket: '' })
      onTestFinished(() => transport.close())
      const sent = Buffer.alloc(megabytes * 1024 * 1024, 'every packet has a key\n')
      const { stdout } = await transport.run(['cat'], { stdin: sent, timeoutMs, maxOutputBytes: 2 * sent.length })
      expect(stdout.equals(sent)).toBe(true)
    },
  )
})
