// The mail server of the lab, asked by a client of our own: what it takes in the clear, and what only after STARTTLS.
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect, createSecureContext } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MailReceiver } from '../../support/alert-receivers.ts'
import { type Certified, certify } from '../../support/certificate.ts'

let certified: Certified
let plain: MailReceiver
let secure: MailReceiver

beforeAll(async () => {
  certified = await certify('mail.test')
  plain = await MailReceiver.listen('127.0.0.1')
  secure = await MailReceiver.listen('127.0.0.1', createSecureContext(certified))
})
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]()
  await secure?.[Symbol.asyncDispose]()
})

/** Says a line, and gives the answer, all lines of it. */
async function ask(socket: Socket, line?: string): Promise<string> {
  if (line !== undefined) socket.write(`${line}\r\n`)
  let answer = ''
  while (!/^\d{3} .*\r\n$/m.test(answer)) answer += String((await once(socket, 'data'))[0])
  return answer.trim()
}

const open = async (port: number) => {
  const socket = connectTcp(port, '127.0.0.1')
  expect(await ask(socket)).toMatch(/^220 /)
  return socket
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

async function sendMail(socket: Socket): Promise<void> {
  expect(await ask(socket, 'EHLO me')).toMatch(/AUTH LOGIN/)
  await ask(socket, 'AUTH LOGIN')
  await ask(socket, base64('me'))
  expect(await ask(socket, base64('it is me'))).toMatch(/^235/)
  await ask(socket, 'MAIL FROM:<a@test>')
  await ask(socket, 'RCPT TO:<b@test>')
  await ask(socket, 'DATA')
  expect(await ask(socket, 'Subject: x\r\n\r\nhello\r\n.')).toMatch(/^250/)
  await ask(socket, 'QUIT')
}

describe('a mail server', () => {
  test('without a certificate takes mail in the clear, and says so', async () => {
    const socket = await open(plain.port)
    expect(await ask(socket, 'STARTTLS')).toMatch(/^502/)
    await sendMail(socket)
    expect(plain.mails).toMatchObject([{ to: ['b@test'], login: { username: 'me', password: 'it is me' } }])
    expect(plain.mails[0]).not.toHaveProperty('tls')
  })

  test('with one takes nothing before STARTTLS, and all of it afterwards', async () => {
    const socket = await open(secure.port)
    expect(await ask(socket, 'EHLO me')).toBe('250-mail.test\r\n250 STARTTLS')
    for (const line of ['AUTH LOGIN', 'MAIL FROM:<a@test>', 'DATA']) expect(await ask(socket, line)).toMatch(/^530/)
    expect(await ask(socket, 'STARTTLS')).toMatch(/^220/)
    const tls = connect({ socket, servername: 'mail.test', ca: certified.authority })
    await once(tls, 'secureConnect')
    await sendMail(tls)
    expect(secure.mails).toMatchObject([{ from: 'a@test', tls: expect.stringMatching(/^TLSv1\.[23]$/) }])
  })

  test('that is not trusted gets nothing', async () => {
    const before = secure.mails.length
    const socket = await open(secure.port)
    await ask(socket, 'STARTTLS')
    const [error] = await once(connect({ socket, servername: 'mail.test' }), 'error').catch((it) => [it])
    expect(String(error)).toMatch(/self.signed|unable to (get|verify)/)
    expect(secure.mails).toHaveLength(before)
  })
})
