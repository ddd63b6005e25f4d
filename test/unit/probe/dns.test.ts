// The dns probe: messages as RFC 1035 has them, and servers that answer rightly, wrongly or not at all.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DnsProbe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { dnsAnswer, dnsQuery, fullAddress } from '../../../src/probe/dns-message.ts'
import { contextWith } from './probe-context.ts'
import { serveRaw, unusedPort } from './servers.ts'

// Recorded from unbound 1.17.1: the answers for two names of its local data, and for one that does not exist.
const hex = (text: string) => Buffer.from(text, 'hex')
const answerV4 = hex(
  '0001858000010001000000000767726166616e61066e69786d6f78036c616e0000010001c00c0001000100000e100004c0a8630a',
)
const answerV6 = hex(
  '000285800001000100000000027336066e69786d6f78036c616e00001c0001c00c001c000100000e100010fd000000000000000000000000000001',
)
const nothing = hex(
  '000385830001000000010000027878066e69786d6f78036c616e0000010001c00f0006000100000e10002703646e73c00f0a686f73746d6173746572c00f0000000100000e10000004b000093a8000000e10',
)

describe('a message', () => {
  test('asks one question, with its length before it', () => {
    expect(dnsQuery(1, 'a.bc', 4).toString('hex')).toBe('001600010100000100000000000001610262630000010001')
    expect(dnsQuery(1, 'a.bc', 6).subarray(-4).toString('hex')).toBe('001c0001')
  })

  test('gives the addresses of an answer', () => {
    expect(dnsAnswer(answerV4)).toEqual({ id: 1, code: 'NOERROR', addresses: ['192.168.99.10'] })
    expect(dnsAnswer(answerV6).addresses).toEqual([fullAddress('fd00::1')])
    expect(dnsAnswer(nothing)).toEqual({ id: 3, code: 'NXDOMAIN', addresses: [] })
  })

  test('of any bytes is read or refused, and never hangs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          dnsAnswer(Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })

  test.each([
    ['fd00::1', 'fd00:0000:0000:0000:0000:0000:0000:0001'],
    ['::1', '0000:0000:0000:0000:0000:0000:0000:0001'],
    ['2001:DB8::', '2001:0db8:0000:0000:0000:0000:0000:0000'],
    ['1:2:3:4:5:6:7:8', '0001:0002:0003:0004:0005:0006:0007:0008'],
    ['192.0.2.1', '192.0.2.1'],
  ])('has %s as %s', (short, full) => expect(fullAddress(short)).toBe(full))
})

describe('the dns probe', () => {
  const framed = (message: Buffer, id: number) => {
    const whole = Buffer.concat([Buffer.alloc(2), message])
    whole.writeUInt16BE(message.length, 0)
    whole.writeUInt16BE(id, 2)
    return whole
  }

  async function probed(port: number, expected: DnsProbe['expect'], timeoutMs = 5_000) {
    const probe: DnsProbe = { kind: 'dns', name: 'names', address: '127.0.0.1', port, expect: expected, timeoutMs }
    const [found] = await createProber()([probe], contextWith())
    return found
  }

  const both: DnsProbe['expect'] = [
    { name: 'grafana.nixmox.lan', addresses: ['192.168.99.10'] },
    { name: 's6.nixmox.lan', addresses: ['fd00::1'] },
  ]

  test('passes when all names have their addresses, in whatever order and pieces the answers come', async () => {
    const port = await serveRaw((socket) => {
      const bytes = Buffer.concat([framed(answerV6, 1), framed(answerV4, 0)])
      socket.write(bytes.subarray(0, 30))
      setImmediate(() => socket.write(bytes.subarray(30)))
    })
    expect(await probed(port, both)).toMatchObject({ passed: true, message: expect.stringContaining('all of 2 names') })
  })

  test('says which name has other addresses, or none', async () => {
    const port = await serveRaw((socket) => socket.end(Buffer.concat([framed(answerV4, 0), framed(nothing, 1)])))
    const found = await probed(port, [{ name: 'grafana.nixmox.lan', addresses: ['192.168.99.99'] }, both[1] as never])
    expect(found).toMatchObject({ passed: false, certain: false })
    expect(found?.message).toContain('grafana.nixmox.lan is 192.168.99.10, expected 192.168.99.99')
    expect(found?.message).toContain('s6.nixmox.lan was answered NXDOMAIN')
  })

  test('does not pass where nobody answers, or with something else', async () => {
    const closing = await serveRaw((socket) => socket.end())
    const garbage = await serveRaw((socket) => socket.end(Buffer.from([0, 4, 1, 2, 3, 4])))
    const silent = await serveRaw(() => undefined)
    expect((await probed(await unusedPort(), both))?.message).toContain('gave no answer')
    expect((await probed(closing, both))?.message).toContain('grafana.nixmox.lan was not answered')
    expect((await probed(garbage, both))?.message).toContain('gave no answer')
    expect((await probed(silent, both, 200))?.message).toContain('within 200 ms')
  })
})
