// DNS messages (RFC 1035) as far as asking for addresses needs them: one question each, and the addresses in an answer.
import { isIPv6 } from 'node:net'

const A = 1
const AAAA = 28
const IN = 1

export interface DnsAnswer {
  id: number
  /** RCODE by its usual name, for instance NOERROR or NXDOMAIN. */
  code: string
  /** Sorted; IPv6 in full form, as `fullAddress` gives it. */
  addresses: string[]
}

const codes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

/** A query over TCP, with its length before it. `family` says whether IPv4 (A) or IPv6 (AAAA) addresses are asked for. */
export function dnsQuery(id: number, name: string, family: 4 | 6): Buffer {
  const labels = name.replace(/\.$/, '').split('.')
  const question = Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])),
    Buffer.from([0, 0, family === 6 ? AAAA : A, 0, IN]),
  ])
  const header = Buffer.alloc(14)
  header.writeUInt16BE(12 + question.length, 0)
  header.writeUInt16BE(id, 2)
  // Recursion desired, and one question.
  header.writeUInt16BE(0x0100, 4)
  header.writeUInt16BE(1, 6)
  return Buffer.concat([header, question])
}

/** Reads a message without its length. Throws `RangeError` where it is not one. */
export function dnsAnswer(message: Buffer): DnsAnswer {
  const flags = message.readUInt16BE(2)
  if ((flags & 0x8000) === 0) throw new RangeError('it is a question')
  const [questions, answers] = [message.readUInt16BE(4), message.readUInt16BE(6)]
  let at = 12
  for (let i = 0; i < questions; i += 1) at = afterName(message, at) + 4
  const addresses: string[] = []
  for (let i = 0; i < answers; i += 1) {
    const record = afterName(message, at)
    const length = message.readUInt16BE(record + 8)
    at = record + 10 + length
    if (at > message.length) throw new RangeError('it is cut short')
    const address = addressOf(message.readUInt16BE(record), message.subarray(record + 10, at))
    if (address !== undefined) addresses.push(address)
  }
  const code = flags & 0xf
  return { id: message.readUInt16BE(0), code: codes[code] ?? `RCODE ${code}`, addresses: addresses.sort() }
}

/** An address as answers have it: IPv6 as eight groups of four digits. */
export function fullAddress(address: string): string {
  if (!isIPv6(address)) return address
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [before = '', after] = groups.split('::')
  const [head, tail] = [before, after ?? ''].map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array(8 - (head?.length ?? 0) - (tail?.length ?? 0)).fill('0')
  return [...(head ?? []), ...zeros, ...(tail ?? [])].map((group) => group.padStart(4, '0')).join(':')
}

/** Names end in a zero or in a pointer (RFC 1035, 4.1.4); what a pointer leads to is of no interest here. */
function afterName(message: Buffer, start: number): number {
  let at = start
  for (;;) {
    const length = message.readUInt8(at)
    if (length >= 0xc0) return at + 2
    if (length === 0) return at + 1
    at += length + 1
  }
}

function addressOf(type: number, data: Buffer): string | undefined {
  if (type === A && data.length === 4) return data.join('.')
  if (type !== AAAA || data.length !== 16) return undefined
  return data.toString('hex').replace(/(.{4})(?!$)/g, '$1:')
}
