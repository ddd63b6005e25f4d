// One conversation with a client that sends mail: as much SMTP (RFC 5321) as it needs, with STARTTLS (RFC 3207) where there is a
// certificate. It really receives.
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type SecureContext, TLSSocket } from 'node:tls'

export interface ReceivedMail {
  from: string
  to: string[]
  /** Header and body as they came, without the dots that stand for dots (RFC 5321, 4.5.2). */
  text: string
  /** Name and password, where the client told them. */
  login?: { username: string; password: string }
  /** Protocol that it came through, for instance `TLSv1.3`; absent where it came in the clear. */
  tls?: string
}

/** What goes beyond is refused, and the conversation ends: RFC 5321, 4.5.3.1 lets a server say so. */
const MAX_MAIL_CHARACTERS = 10 * 1024 * 1024

/**
 * Greets, receives until the client has gone, and hands on each mail before it is acknowledged. With a certificate nothing is taken
 * before STARTTLS, neither a mail nor a password.
 */
export async function receiveMail(
  socket: Socket,
  greeting: string,
  take: (mail: ReceivedMail) => void,
  secureContext?: SecureContext,
): Promise<void> {
  const [name = ''] = greeting.split(' ')
  socket.write(`220 ${greeting}\r\n`)
  const open = secureContext === undefined ? socket : await afterStartTls(socket, name, secureContext)
  if (open !== undefined) await converse(open, name, take)
}

/** Undefined where the client ends it before. */
async function afterStartTls(
  socket: Socket,
  name: string,
  secureContext: SecureContext,
): Promise<TLSSocket | undefined> {
  const input = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
  const say = (text: string) => socket.write(`${text}\r\n`)
  for await (const line of input) {
    const verb = (line.split(' ')[0] ?? '').toUpperCase()
    if (verb === 'STARTTLS') {
      input.close()
      say('220 go ahead')
      return secured(socket, secureContext)
    }
    if (verb === 'EHLO') {
      say(`250-${name}`)
      say('250 STARTTLS')
    } else if (verb === 'QUIT') {
      say('221 bye')
      socket.end()
      return undefined
    } else say('530 Must issue a STARTTLS command first')
  }
  return undefined
}

async function converse(socket: Socket | TLSSocket, name: string, take: (mail: ReceivedMail) => void): Promise<void> {
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
  const say = (text: string) => socket.write(`${text}\r\n`)
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the client has gone')
    return value
  }
  let mail: ReceivedMail = { from: '', to: [], text: '' }
  let login: ReceivedMail['login']
  const tls = socket instanceof TLSSocket ? { tls: socket.getProtocol() ?? 'unknown' } : {}
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const [verb = '', rest = ''] = line.value.split(/(?<=^\S+)\s/)
    switch (verb.toUpperCase()) {
      case 'EHLO':
        say(`250-${name}`)
        say('250 AUTH LOGIN')
        break
      case 'HELO':
      case 'NOOP':
      case 'RSET':
        say('250 fine')
        break
      case 'AUTH':
        login = await readLogin(say, next)
        break
      case 'MAIL':
        mail = { from: addressIn(rest), to: [], text: '', ...(login === undefined ? {} : { login }), ...tls }
        say('250 fine')
        break
      case 'RCPT':
        mail.to.push(addressIn(rest))
        say('250 fine')
        break
      case 'DATA':
        say('354 go on')
        mail.text = await readText(next)
        take(mail)
        say('250 taken')
        break
      case 'QUIT':
        say('221 bye')
        socket.end()
        return
      default:
        say('502 not known here')
    }
  }
}

/** Rejects where the client does not go on with that, for instance because it does not trust the certificate. */
function secured(socket: Socket, secureContext: SecureContext): Promise<TLSSocket> {
  const secure = new TLSSocket(socket, { isServer: true, secureContext })
  return new Promise((resolve, reject) => {
    secure.once('secure', () => resolve(secure))
    secure.on('error', reject)
    secure.once('close', () => reject(new Error('the client has gone')))
  })
}

type Next = () => Promise<string>

async function readText(next: Next): Promise<string> {
  let text = ''
  for (let line = await next(); line !== '.'; line = await next()) {
    text += `${line.replace(/^\./, '')}\n`
    if (text.length > MAX_MAIL_CHARACTERS) throw new Error('the mail is too large')
  }
  return text
}

/** AUTH LOGIN: whoever it is, he is let in. */
async function readLogin(say: (text: string) => void, next: Next): Promise<ReceivedMail['login']> {
  say(`334 ${Buffer.from('Username:').toString('base64')}`)
  const username = decode(await next())
  say(`334 ${Buffer.from('Password:').toString('base64')}`)
  const password = decode(await next())
  say('235 welcome')
  return { username, password }
}

function addressIn(rest: string): string {
  return /<([^>]*)>/.exec(rest)?.[1] ?? ''
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString()
}
