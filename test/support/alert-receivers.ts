// Who alerts are sent to in tests: a web server and a mail server that really receive, and keep what they got.
import { once } from 'node:events'
import { createServer as createWebServer, type Server as WebServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'

/** One alert of what Alertmanager posts (prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
export interface ReceivedAlert {
  /** Path of the request, so that one server can be several receivers. */
  path: string
  status: 'firing' | 'resolved'
  labels: Record<string, string>
  annotations: Record<string, string>
}

export class WebhookReceiver implements AsyncDisposable {
  readonly alerts: ReceivedAlert[] = []
  /** What it answers. */
  status = 200
  readonly #server: WebServer
  readonly #address: string

  private constructor(server: WebServer, address: string) {
    this.#server = server
    this.#address = address
  }

  static async listen(address: string): Promise<WebhookReceiver> {
    const receiver: WebhookReceiver = new WebhookReceiver(
      createWebServer((request, response) => {
        json(request).then(
          (body) => {
            const { alerts } = body as { alerts: Omit<ReceivedAlert, 'path'>[] }
            if (receiver.status === 200)
              receiver.alerts.push(...alerts.map((alert) => ({ ...alert, path: request.url ?? '' })))
            response.writeHead(receiver.status).end()
          },
          () => response.writeHead(400).end(),
        )
      }),
      address,
    )
    await once(receiver.#server.listen(0, address), 'listening')
    return receiver
  }

  url(path: string): string {
    return `http://${this.#address}:${portOf(this.#server)}${path}`
  }

  /** Those with the labels and the status, in the order in which they came. */
  of(labels: Record<string, string>, status: ReceivedAlert['status'] = 'firing'): ReceivedAlert[] {
    const fits = ([name, value]: [string, string], alert: ReceivedAlert) => alert.labels[name] === value
    return this.alerts.filter(
      (alert) => alert.status === status && Object.entries(labels).every((label) => fits(label, alert)),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await once(this.#server.close(), 'close')
  }
}

export interface ReceivedMail {
  from: string
  to: string[]
  /** Header and body as they came, without the dots that stand for dots (RFC 5321, 4.5.2). */
  text: string
  /** Name and password, where the client told them. */
  login?: { username: string; password: string }
}

/** Speaks as much SMTP (RFC 5321) as a client without TLS needs, and takes names and passwords by AUTH LOGIN. */
export class MailReceiver implements AsyncDisposable {
  readonly mails: ReceivedMail[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async listen(address: string): Promise<MailReceiver> {
    const receiver: MailReceiver = new MailReceiver(
      createTcpServer((socket) => {
        receiver.#sockets.add(socket)
        socket.on('close', () => receiver.#sockets.delete(socket)).on('error', () => socket.destroy())
        void receiver.#converse(socket).catch(() => socket.destroy())
      }),
    )
    await once(receiver.#server.listen(0, address), 'listening')
    return receiver
  }

  get port(): number {
    return portOf(this.#server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server.close(), 'close')
  }

  async #converse(socket: Socket): Promise<void> {
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
    const say = (text: string) => socket.write(`${text}\r\n`)
    const next = async () => String((await lines.next()).value ?? '')
    let mail: ReceivedMail = { from: '', to: [], text: '' }
    let login: ReceivedMail['login']
    say('220 mail.test ESMTP')
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      const [verb = '', rest = ''] = line.value.split(/(?<=^\S+)\s/)
      switch (verb.toUpperCase()) {
        case 'EHLO':
          say('250-mail.test')
          say('250 AUTH LOGIN')
          break
        case 'AUTH': {
          say(`334 ${encode('Username:')}`)
          const username = decode(await next())
          say(`334 ${encode('Password:')}`)
          login = { username, password: decode(await next()) }
          say('235 welcome')
          break
        }
        case 'MAIL':
          mail = { from: addressIn(rest), to: [], text: '', ...(login === undefined ? {} : { login }) }
          say('250 fine')
          break
        case 'RCPT':
          mail.to.push(addressIn(rest))
          say('250 fine')
          break
        case 'DATA':
          say('354 go on')
          for (let text = await next(); text !== '.'; text = await next()) mail.text += `${text.replace(/^\./, '')}\n`
          this.mails.push(mail)
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
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function addressIn(rest: string): string {
  return /<([^>]*)>/.exec(rest)?.[1] ?? ''
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString()
}
