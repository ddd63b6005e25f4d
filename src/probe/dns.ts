// The `dns` probe: names are asked for over one TCP connection, and every answer must be just the addresses expected.

import { isIPv6 } from 'node:net'
import { addAbortSignal, type Duplex } from 'node:stream'
import type { DnsProbe, ProbeResult } from '../model/probe.ts'
import { type AttemptContext, notYet, passed, reasonOf, rethrowUnreachable } from './attempt.ts'
import { type DnsAnswer, dnsAnswer, dnsQuery, fullAddress } from './dns-message.ts'

interface Question {
  name: string
  family: 4 | 6
  /** Sorted, as answers have them. */
  addresses: string[]
}

const namedProblems = 2

/** Passes when every name has exactly its addresses. Never certain: a server that was just started may still be reading. */
export async function checkDns(probe: DnsProbe, context: AttemptContext): Promise<ProbeResult> {
  const questions = probe.expect.flatMap(questionsOf)
  const place = `DNS at ${probe.address}:${probe.port} on ${context.host}`
  try {
    const { timeoutMs } = probe
    const stream = await context.transport.connect(probe.address, probe.port, { timeoutMs, signal: context.signal })
    stream.on('error', () => stream.destroy())
    addAbortSignal(context.signal, stream)
    const answers = await ask(questions, stream)
    const problems = questions.flatMap((question, id) => problemOf(question, answers.get(id)) ?? [])
    if (problems.length === 0)
      return passed(probe, `${place} answered for all of ${probe.expect.length} names as expected`)
    const more = problems.length > namedProblems ? `; and ${problems.length - namedProblems} more` : ''
    return notYet(probe, `${place}: ${problems.slice(0, namedProblems).join('; ')}${more}`)
  } catch (error) {
    rethrowUnreachable(error)
    return notYet(probe, `${place} gave no answer: ${reasonOf(error)}`)
  }
}

function questionsOf({ name, addresses }: DnsProbe['expect'][number]): Question[] {
  return ([4, 6] as const).flatMap((family) => {
    const own = addresses.filter((address) => isIPv6(address) === (family === 6))
    return own.length === 0 ? [] : [{ name, family, addresses: own.map(fullAddress).sort() }]
  })
}

/** Sends all questions at once, numbered by their place, and reads until each has its answer or the server ends. */
async function ask(questions: Question[], stream: Duplex): Promise<Map<number, DnsAnswer>> {
  const answers = new Map<number, DnsAnswer>()
  stream.write(Buffer.concat(questions.map(({ name, family }, id) => dnsQuery(id, name, family))))
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    for (let end = messageEnd(rest); end !== undefined; end = messageEnd(rest)) {
      const answer = dnsAnswer(rest.subarray(2, end))
      answers.set(answer.id, answer)
      rest = rest.subarray(end)
    }
    if (answers.size >= questions.length) break
  }
  return answers
}

/** Where the first message ends, once it is there whole: its length is in the two bytes before it (RFC 1035, 4.2.2). */
function messageEnd(received: Buffer): number | undefined {
  if (received.length < 2) return undefined
  const end = 2 + received.readUInt16BE(0)
  return received.length >= end ? end : undefined
}

function problemOf({ name, addresses }: Question, answer: DnsAnswer | undefined): string | undefined {
  if (answer === undefined) return `${name} was not answered`
  const expected = addresses.join(' ')
  if (answer.code !== 'NOERROR') return `${name} was answered ${answer.code}, expected ${expected}`
  const found = answer.addresses.join(' ')
  return found === expected ? undefined : `${name} is ${found || 'without an address'}, expected ${expected}`
}
