// The text of the Caddyfile: who is served, where requests are passed on to, and the page by which we know it again.
import { createHash } from 'node:crypto'
import type { Guard, Site } from './proxy-sites.ts'

export type Tls =
  | { mode: 'internal' }
  | { mode: 'acme'; email: string; directory?: string | undefined; authority?: string | undefined }
  | { mode: 'files'; certificate: string; key: string }

export interface CaddySettings {
  tls: Tls
  sites: Site[]
  /** Where metrics are served, and nothing else; without it there are none. */
  metrics: { address: string; port: number }[]
}

/** Reaches the admin API, which can replace the whole configuration: a socket that only Caddy's own user may open. */
export const ADMIN_SOCKET = '/run/homeostat-caddy/admin.sock'

/**
 * A name that no DNS knows (RFC 2606): under it the host itself, and nobody else, is told the digest of the configuration that runs. By
 * TLS too, whatever name the handshake was for.
 */
export const STATUS_HOST = 'homeostat.invalid'

/** The configuration, and the digest that it answers at `STATUS_HOST`. */
export function caddyfile(settings: CaddySettings): { text: string; digest: string } {
  const rest = [
    globals(settings),
    SECURITY_HEADERS,
    ...settings.metrics.map(metricsSite),
    ...settings.sites.map((site) => siteBlock(site, settings.tls)),
  ].join('\n\n')
  const digest = createHash('sha256').update(rest).digest('hex')
  return {
    text: `# Written by Homeostat; a change made here is put back.\n${rest}\n\n${statusSites(settings, digest)}\n`,
    digest,
  }
}

function globals({ tls, metrics }: CaddySettings): string {
  return block('', [
    `admin unix/${ADMIN_SOCKET}`,
    '# Open connections do not hold up a reload for ever.',
    'grace_period 10s',
    "# Its certificate authority is no business of this machine's other programs.",
    'skip_install_trust',
    '# What is said in the journal when something fails is not to be lost among what is well.',
    block('log', ['level WARN']),
    '# Few authorities still answer for a certificate (OCSP), its own does not, and every one is warned of.',
    'ocsp_stapling off',
    ...(tls.mode === 'acme' ? [`email ${quoted(tls.email)}`] : []),
    ...(tls.mode === 'acme' && tls.directory !== undefined ? [`acme_ca ${quoted(tls.directory)}`] : []),
    // Who signs certificates has its own from the same authority.
    ...(tls.mode === 'acme' && tls.authority !== undefined ? [`acme_ca_root ${quoted(tls.authority)}`] : []),
    // Caddy before 2.9 knows this form only; later ones still take it.
    ...(metrics.length === 0 ? [] : [block('servers', ['metrics'])]),
  ])
}

/** What an application says itself stands, but for the first two. */
const SECURITY_HEADERS = block('(security_headers)', [
  block('header', [
    'Strict-Transport-Security max-age=31536000',
    'X-Content-Type-Options nosniff',
    '?X-Frame-Options SAMEORIGIN',
    '?Referrer-Policy strict-origin-when-cross-origin',
    '-Server',
  ]),
])

function metricsSite({ address, port }: CaddySettings['metrics'][number]): string {
  return block(`http://:${port}`, [`bind ${address}`, block('route', ['metrics /metrics', 'respond 404'])])
}

function siteBlock({ domain, path, upstream, extraConfig, guard }: Site, tls: Tls): string {
  const more = extraConfig.trim() === '' ? [] : [FROM_THE_MANIFEST]
  const pass = [...pathRedirect(path), `reverse_proxy ${upstream}`]
  const site = block(`https://${domain}`, [
    ...tlsLines(tls),
    'import security_headers',
    // Within `route` the order is that of the lines: nothing the manifest adds can come before the sign-on.
    ...(guard === undefined ? [...more, ...pass] : [block('route', [...guardLines(guard), ...more, ...pass])]),
  ])
  // Put in last, and not indented: texts of several lines may stand in it.
  return site.replace(FROM_THE_MANIFEST, () => `${FROM_THE_MANIFEST}\n${extraConfig.trimEnd()}`)
}

const FROM_THE_MANIFEST = "# The manifest's extra_config:"

function tlsLines(tls: Tls): string[] {
  if (tls.mode === 'internal') return ['tls internal']
  return tls.mode === 'files' ? [`tls ${quoted(tls.certificate)} ${quoted(tls.key)}`] : []
}

function pathRedirect(path: string): string[] {
  const base = path.replace(/\/+$/, '')
  return base === '' ? [] : [`@outside_of_the_path not path ${base} ${base}/*`, `redir @outside_of_the_path ${path}`]
}

const IDENTITY = ['Username', 'Groups', 'Entitlements', 'Email', 'Name', 'Uid', 'Jwt', 'Meta-Jwks', 'Meta-Outpost']
const OUTPOST_PATH = '/outpost.goauthentik.io'
/** A provider that hangs is an answer too: nobody comes in, and nobody waits for ever. */
const BOUNDED = block('transport http', ['dial_timeout 3s', 'response_header_timeout 8s'])

/** Who comes is told by the outpost alone: what a client says of itself goes first, in both spellings that servers read. */
function guardLines({ outpost }: Guard): string[] {
  return [
    'request_header -X-Authentik-*',
    'request_header -X_Authentik_*',
    block(`reverse_proxy ${OUTPOST_PATH}/* ${outpost}`, [BOUNDED]),
    block(`forward_auth ${outpost}`, [
      `uri ${OUTPOST_PATH}/auth/caddy`,
      `copy_headers ${IDENTITY.map((name) => `X-Authentik-${name}`).join(' ')}`,
      BOUNDED,
    ]),
  ]
}

function statusSites({ sites }: CaddySettings, digest: string): string {
  const answer = ['@elsewhere not remote_ip 127.0.0.1/8 ::1/128', 'respond @elsewhere 404', `respond ${digest}`]
  return [
    block(`http://${STATUS_HOST}`, answer),
    // Nobody signs a certificate for this name but Caddy itself.
    ...(sites.length === 0 ? [] : [block(`https://${STATUS_HOST}`, ['tls internal', ...answer])]),
  ].join('\n\n')
}

function block(head: string, lines: string[]): string {
  const inside = lines.join('\n').replace(/^(?=.)/gm, '\t')
  return `${head === '' ? '' : `${head} `}{\n${inside}\n}`
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
