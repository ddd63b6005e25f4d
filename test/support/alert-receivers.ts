// Who alerts are sent to in tests: a web server and a mail server that really receive, and keep what they got.
import { once } from 'node:events'
import { createServer as createWebServer, type Server as WebServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { json } from 'node:stream/consumers'
import type { SecureContext } from 'node:tls'
import { type ReceivedMail, receiveMail } from '../../src/lab/stand-ins/smtp.ts'

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

/** The mail server of the lab, at a port of its own. */
export class MailReceiver implements AsyncDisposable {
  readonly mails: ReceivedMail[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** With a certificate it takes nothing without STARTTLS. */
  static async listen(address: string, secureContext?: SecureContext): Promise<MailReceiver> {
    const take = (mail: ReceivedMail) => receiver.mails.push(mail)
    const receiver: MailReceiver = new MailReceiver(
      createTcpServer((socket) => {
        receiver.#sockets.add(socket)
        socket.on('close', () => receiver.#sockets.delete(socket)).on('error', () => socket.destroy())
        receiveMail(socket, 'mail.test ESMTP', take, secureContext).catch(() => socket.destroy())
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
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
