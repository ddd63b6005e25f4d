// A stand-in for the network's mail server: it takes every mail that comes by STARTTLS, sends none on, and shows what it got on a page.
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { runMain } from './go-program.ts'
import { disclaimer } from './identity.ts'
import { serve } from './server.ts'
import { type ReceivedMail, receiveMail } from './smtp.ts'

const identity = { program: 'postfix', version: '3.7' }
const SMTP_PORT = 25
const PAGE_PORT = 8025
/** Of systemd: StateDirectory=mail. */
const MAILBOX = '/var/lib/mail/received'
/** Mails on the page; the mailbox has them all. */
const SHOWN = 50

const mails: ReceivedMail[] = []

runMain(async () => {
  // Of systemd: LoadCredential=certificate.
  const pem = readFileSync(`${process.env.CREDENTIALS_DIRECTORY}/certificate`)
  const secureContext = createSecureContext({ key: pem, cert: pem })
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    receiveMail(socket, `mail.nixmox.lan ESMTP ${disclaimer(identity)}`, take, secureContext).catch(() =>
      socket.destroy(),
    )
  })
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(SMTP_PORT, resolve)
  })
  await serve(identity, { address: '', port: PAGE_PORT }, { 'GET /': () => ({ body: page() }) })
  process.stderr.write(`${disclaimer(identity)}\n`)
})

function take(mail: ReceivedMail): void {
  appendFileSync(MAILBOX, `From ${mail.from}\nTo ${mail.to.join(', ')}\n${mail.text}\n`)
  mails.unshift(mail)
  mails.length = Math.min(mails.length, SHOWN)
  process.stderr.write(`a mail from ${mail.from} to ${mail.to.join(', ')}: ${subjectOf(mail)}\n`)
}

function page(): string {
  const texts = mails.map((mail) => `${'-'.repeat(72)}\nFor ${mail.to.join(', ')}, by ${mail.tls}\n${mail.text}`)
  return [disclaimer(identity), `${mails.length} mails, the newest first.`, ...texts, ''].join('\n')
}

function subjectOf({ text }: ReceivedMail): string {
  return /^Subject: (.*)$/im.exec(text)?.[1] ?? ''
}
