// A stand-in for authentik: whether somebody has signed on, for a proxy that asks (forward_auth), and OpenID Connect for programs
// that ask themselves. Everybody may come in, as the one person it knows. Nobody has recorded the real one here: it follows the
// documentation and the source.
import { randomBytes } from 'node:crypto'
import { hasFault } from './faults.ts'
import { readFlags, runMain } from './go-program.ts'
import { disclaimer } from './identity.ts'
import { type Answer, type Asked, type Routes, serve } from './server.ts'
import { Tickets } from './tickets.ts'

const identity = { program: 'authentik', version: '2025.10.0' }
const OUTPOST = '/outpost.goauthentik.io'
const COOKIE = 'authentik_proxy_stand_in'
const PERSON = {
  sub: 'demo',
  preferred_username: 'demo',
  name: 'Demo',
  email: 'demo@nixmox.lan',
  email_verified: true,
  groups: ['authentik Admins'],
}

const tickets = new Tickets(randomBytes(32))

runMain(async () => {
  const { flags } = readFlags(process.argv.slice(2), { domain: 'value', port: 'value', 'metrics-port': 'value' })
  const { domain = 'auth.nixmox.lan', port = '9000', 'metrics-port': metricsPort = '9300' } = flags
  const issuer = `https://${domain}/application/o`
  await serve(identity, { address: '', port: Number(port) }, routes(issuer))
  await serve(identity, { address: '', port: Number(metricsPort) }, { 'GET /metrics': () => ({ body: metrics() }) })
  process.stderr.write(`${disclaimer(identity)}\n`)
})

function routes(issuer: string): Routes {
  return {
    'GET /-/health/ready/': () => (hasFault('authentik', 'unready') ? { status: 503 } : { status: 200 }),
    'GET /-/health/live/': () => ({ status: 200 }),
    [`GET ${OUTPOST}/auth/caddy`]: (asked) => forwardAuth(asked, issuer),
    [`GET ${OUTPOST}/callback`]: (asked) => comeBack(asked),
    'GET /application/o/:slug/.well-known/openid-configuration': ({ params }) => ({
      body: discovery(issuer, params.slug ?? ''),
    }),
    'GET /application/o/authorize/': (asked) => authorize(asked),
    'POST /application/o/token/': (asked) => token(asked),
    'GET /application/o/userinfo/': (asked) => userInfo(asked),
  }
}

/** 200 with who it is, or where to sign on: what Caddy asks before it lets a request through. */
function forwardAuth({ headers }: Asked, issuer: string): Answer {
  const site = String(headers['x-forwarded-host'] ?? '')
  if (!isOurs(`https://${site}/`)) return { status: 404, body: `no application for ${site}\n` }
  const [, cookie = ''] = new RegExp(`${COOKIE}=([\\w.-]+)`).exec(headers.cookie ?? '') ?? []
  if (tickets.read('session', cookie) !== undefined) return { headers: identityHeaders() }
  const asked = new URLSearchParams({
    client_id: site,
    redirect_uri: `https://${site}${OUTPOST}/callback`,
    response_type: 'code',
    scope: 'openid profile email',
    state: tickets.write('state', `https://${site}${headers['x-forwarded-uri'] ?? '/'}`),
  })
  return { status: 302, headers: { location: `${issuer}/authorize/?${asked}` } }
}

function identityHeaders(): Record<string, string> {
  const { preferred_username: username, groups, email, name, sub } = PERSON
  return {
    'x-authentik-username': username,
    'x-authentik-groups': groups.join('|'),
    'x-authentik-email': email,
    'x-authentik-name': name,
    'x-authentik-uid': sub,
  }
}

/** At the protected site again, with a code: from now on its browser is known. */
function comeBack({ url }: Asked): Answer {
  const target = tickets.read('state', url.searchParams.get('state') ?? '')
  const known = tickets.read('code', url.searchParams.get('code') ?? '')
  if (target === undefined || known === undefined) return { status: 400, body: 'this sign-on was not begun here\n' }
  const cookie = `${COOKIE}=${tickets.write('session', PERSON.sub)}; Path=/; Secure; HttpOnly; SameSite=Lax`
  return { status: 302, headers: { location: target, 'set-cookie': cookie } }
}

/** The page that asks who it is; with `as` it is answered, and the browser is sent back with a code. */
function authorize({ url }: Asked): Answer {
  const target = url.searchParams.get('redirect_uri') ?? ''
  if (!isOurs(target)) return { status: 400, body: 'Redirect URI Error\n' }
  if (url.searchParams.get('as') === null) return signOnPage(url)
  const back = new URL(target)
  back.searchParams.set('code', tickets.write('code', url.searchParams.get('client_id') ?? ''))
  back.searchParams.set('state', url.searchParams.get('state') ?? '')
  return { status: 302, headers: { location: back.href } }
}

function signOnPage(url: URL): Answer {
  const fields = [...url.searchParams].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  const button = `<button name="as" value="${PERSON.preferred_username}">Sign on as ${PERSON.preferred_username}</button>`
  const body = `<!doctype html><title>Sign on</title><h1>Sign on</h1><p>${disclaimer(identity)} It asks for no password.</p>
<form>${fields.join('')}${button}</form>\n`
  return { body, headers: { 'content-type': 'text/html; charset=utf-8' } }
}

function token({ body }: Asked): Answer {
  const asked = new URLSearchParams(body.toString())
  if (tickets.read('code', asked.get('code') ?? '') === undefined)
    return { status: 400, body: { error: 'invalid_grant' } }
  const access = tickets.write('access', PERSON.sub)
  return { body: { access_token: access, token_type: 'Bearer', expires_in: 300, scope: 'openid profile email' } }
}

function userInfo({ headers }: Asked): Answer {
  const [, access = ''] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
  if (tickets.read('access', access) === undefined) return { status: 401, body: { error: 'invalid_token' } }
  return { body: PERSON }
}

function discovery(issuer: string, slug: string): Record<string, unknown> {
  return {
    issuer: `${issuer}/${slug}/`,
    authorization_endpoint: `${issuer}/authorize/`,
    token_endpoint: `${issuer}/token/`,
    userinfo_endpoint: `${issuer}/userinfo/`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code'],
    scopes_supported: ['openid', 'profile', 'email'],
  }
}

function metrics(): string {
  return `# ${disclaimer(identity)}\nauthentik_version_info{version="${identity.version}+standin"} 1\n`
}

/** Nobody is sent anywhere else than to the lab's own sites. */
function isOurs(address: string): boolean {
  const url = URL.parse(address)
  return url?.protocol === 'https:' && /^[a-z0-9-]+\.nixmox\.lan$/.test(url.hostname)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
