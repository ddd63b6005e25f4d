// The stand-ins for what others run, as processes of their own: sign-on that is asked for and can be passed, mail that is received.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ReceivedMail, receiveMail } from '../../../src/lab/stand-ins/smtp.ts'

const SITE = 'https://prometheus.nixmox.lan'

describe('authentik', () => {
  let child: ChildProcess
  let base: string

  async function freePort(): Promise<number> {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await once(server.close(), 'close')
    return port
  }

  beforeAll(async () => {
    const [port, metrics] = [await freePort(), await freePort()]
    const program = join(import.meta.dirname, '../../../src/lab/stand-ins/authentik.ts')
    child = spawn(process.execPath, [program, '--port', `${port}`, '--metrics-port', `${metrics}`], { stdio: 'ignore' })
    base = `http://127.0.0.1:${port}`
    const deadlineMs = Date.now() + 60_000
    while (!(await fetch(`${base}/-/health/live/`).catch(() => undefined))?.ok && Date.now() < deadlineMs)
      await sleep(100)
  }, 70_000)
  afterAll(() => void child.kill())

  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${base}${path}`, { headers, redirect: 'manual' })
  /** As Caddy's forward_auth asks. */
  const forwardAuth = (host: string, cookie = '') =>
    ask('/outpost.goauthentik.io/auth/caddy', { 'x-forwarded-host': host, 'x-forwarded-uri': '/graph', cookie })
  const locationOf = (answer: Response) => new URL(answer.headers.get('location') ?? 'none:')

  test('is ready, and says what it is', async () => {
    const answer = await ask('/-/health/ready/')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-stand-in')).toMatch(/^This is a stand-in for authentik/)
  })

  test('sends who has not signed on to its page, which says what it is', async () => {
    const answer = await forwardAuth('prometheus.nixmox.lan')
    expect(answer.status).toBe(302)
    const location = locationOf(answer)
    expect(location.origin + location.pathname).toBe('https://auth.nixmox.lan/application/o/authorize/')
    const page = await (await ask(location.pathname + location.search)).text()
    expect(page).toContain('This is a stand-in for authentik')
  })

  test('knows who has signed on, at the site that he asked for', async () => {
    const begun = locationOf(await forwardAuth('prometheus.nixmox.lan'))
    const back = locationOf(await ask(`${begun.pathname}${begun.search}&as=demo`))
    expect(back.origin).toBe(SITE)
    const known = await ask(back.pathname + back.search)
    expect(known.headers.get('location')).toBe(`${SITE}/graph`)
    const [cookie = ''] = (known.headers.get('set-cookie') ?? '').split(';')
    const passed = await forwardAuth('prometheus.nixmox.lan', cookie)
    expect(passed.status).toBe(200)
    expect(passed.headers.get('x-authentik-username')).toBe('demo')
  })

  test.each([
    [
      'a cookie that it did not write',
      () => forwardAuth('prometheus.nixmox.lan', 'authentik_proxy_stand_in=aa.bb'),
      302,
    ],
    ['a site that is none of its own', () => forwardAuth('elsewhere.example'), 404],
    [
      'a sign-on that would end elsewhere',
      () => ask('/application/o/authorize/?as=demo&redirect_uri=https://evil.example/'),
      400,
    ],
    ['a state that it did not write', () => ask('/outpost.goauthentik.io/callback?state=a.b&code=c.d'), 400],
    ['a token that it did not write', () => ask('/application/o/userinfo/', { authorization: 'Bearer a.b' }), 401],
  ])('does not take %s', async (_, asked, status) => {
    expect((await asked()).status).toBe(status)
  })

  test('signs on programs by OpenID Connect', async () => {
    const answer = await ask('/application/o/monitoring/.well-known/openid-configuration')
    const found = (await answer.json()) as { authorization_endpoint: string }
    const { pathname } = new URL(found.authorization_endpoint)
    const redirect = encodeURIComponent('https://grafana.nixmox.lan/login/generic_oauth')
    const back = locationOf(
      await ask(`${pathname}?client_id=monitoring-oidc&state=s1&redirect_uri=${redirect}&as=demo`),
    )
    expect(back.searchParams.get('state')).toBe('s1')
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '' })
    const granted = await fetch(`${base}/application/o/token/`, { method: 'POST', body })
    const token = (await granted.json()) as { access_token: string }
    const headers = { authorization: `Bearer ${token.access_token}` }
    expect(await (await ask('/application/o/userinfo/', headers)).json()).toMatchObject({
      preferred_username: 'demo',
      groups: ['authentik Admins'],
    })
  })
})

describe('mail', () => {
  const GREETING = 'mail.test ESMTP'

  /** What the server says to these lines, and what it received. */
  async function send(lines: string[]): Promise<{ said: string; mails: ReceivedMail[] }> {
    const mails: ReceivedMail[] = []
    const server = createServer((socket) => {
      receiveMail(socket, GREETING, (mail) => mails.push(mail)).catch(() => socket.destroy())
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    let said = ''
    client.on('data', (chunk) => {
      said += chunk
    })
    client.end(lines.map((line) => `${line}\r\n`).join(''))
    await once(client, 'close')
    await once(server.close(), 'close')
    return { said, mails }
  }

  test('is received whole, dots and all', async () => {
    const message = ['Subject: hello', '', '..', 'a line', '.']
    const words = ['EHLO me', 'MAIL FROM:<a@x>', 'RCPT TO:<b@x>', 'RCPT TO:<c@x>', 'DATA', ...message, 'QUIT']
    const { said, mails } = await send(words)
    expect(said).toMatch(/^220 mail\.test ESMTP\r\n[\s\S]*221 bye\r\n$/)
    expect(mails).toEqual([{ from: 'a@x', to: ['b@x', 'c@x'], text: 'Subject: hello\n\n.\na line\n' }])
  })

  test('that breaks off in the middle is not received', async () => {
    const { mails } = await send(['EHLO me', 'MAIL FROM:<a@x>', 'RCPT TO:<b@x>', 'DATA', 'Subject: hello'])
    expect(mails).toEqual([])
  })
})
