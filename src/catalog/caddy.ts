// Caddy: the reverse proxy. One site for every proxy entry of the manifest, with TLS, security headers and sign-on. Manifest and
// options → configuration, service and the proof that every site answers under its name and lets nobody in who should sign on.
import { z } from 'zod'
import type { HttpProbe, TlsExpectation } from '../model/probe.ts'
import { caddyExporterOptions } from './caddy-exporter-options.ts'
import { ADMIN_SOCKET, caddyfile, STATUS_HOST } from './caddyfile.ts'
import { listensAt } from './clients.ts'
import { defineType, type RenderContext } from './define-type.ts'
import { frontDoor } from './hardening.ts'
import { instancesOf } from './peers.ts'
import { type Endpoint, escapePattern, httpAnswers, unitActive } from './probes.ts'
import { type Guard, proxySites, type Site } from './proxy-sites.ts'
import { directory, file, packages } from './resources.ts'
import { absolutePath } from './scalars.ts'
import { debianService } from './service.ts'

const UNIT = 'caddy.service'
const CONFIG = '/etc/homeostat/caddy/Caddyfile'
/** Caddy's home, where certificates and its own authority are kept; the package makes it. */
const DATA = '/var/lib/caddy'
const OWN_AUTHORITY = `${DATA}/.local/share/caddy/pki/authorities/local/root.crt`

const authority = absolutePath
  .optional()
  .describe(
    "A file of the host with the certificates that the sites' own are signed by. Default: the public authorities.",
  )

const tls = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('internal') }),
  z.strictObject({
    mode: z.literal('acme'),
    email: z
      .email({ error: 'expected an e-mail address' })
      .describe('For the authority, about certificates that expire.'),
    directory: z
      .url({ protocol: /^https$/, error: 'expected an https URL' })
      .optional()
      .describe("Of the authority. Default: Caddy's own choice, Let's Encrypt and ZeroSSL."),
    authority,
  }),
  z.strictObject({ mode: z.literal('files'), certificate: absolutePath, key: absolutePath, authority }),
])

const options = z.strictObject({
  tls: tls
    .prefault({ mode: 'internal' })
    .describe('Where certificates come from: an authority of its own (internal), ACME, or files of the host.'),
})

type Options = z.output<typeof options>

export const caddy = defineType({
  type: 'caddy',
  summary: 'Reverse proxy: a site for every proxy entry of the manifest (Debian package caddy).',
  options,
  minHealthyMs: 10_000,
  render({ tls }, context) {
    const sites = proxySites(context.manifest)
    const metrics = metricsHere(context)
    const { text, digest } = caddyfile({ tls, sites, metrics })
    const config = file(CONFIG, text, { group: 'caddy', mode: 0o640, validate: CHECK })
    return {
      resources: [
        ...packages(['caddy']),
        directory('/etc/homeostat/caddy'),
        config,
        ...debianService(UNIT, {
          run: ['/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', CONFIG],
          unit: ['After=network.target network-online.target', 'StartLimitIntervalSec=60', 'StartLimitBurst=10'],
          service: [...frontDoor, ...SERVICE],
          reloadOn: [config],
          reload: RELOAD,
        }),
      ],
      probes: [
        unitActive(UNIT),
        configurationLoaded('configuration loaded', HTTP, digest),
        ...sites.map(({ domain }) => ({
          ...configurationLoaded(`site ${domain}`, HTTPS, digest),
          tls: { serverName: domain, trust: trustOf(tls) },
        })),
        ...sites.flatMap((site) => (site.guard === undefined ? [] : [signOnAsked(site, site.guard, trustOf(tls))])),
      ],
    }
  },
})

const HTTP = { address: '127.0.0.1', port: 80 }
const HTTPS = { address: '127.0.0.1', port: 443 }

/**
 * As Caddy's own user: as root it would leave files behind that Caddy cannot open. The staged file is for root's eyes, so it
 * goes in by standard input.
 */
const CHECK = [
  '/bin/sh',
  '-c',
  'exec setpriv --reuid=caddy --regid=caddy --init-groups env HOME="$1" /usr/bin/caddy validate --adapter caddyfile --config - < "$2"',
  'caddy-validate',
  DATA,
  '{staged}',
]

/**
 * Caddy 2.6 tells systemd that it reloads, and where that fails, never that it is over: the unit would be `reloading` for ever,
 * and so would the reload. So that is said in its place, after the one line of it that says why.
 */
const RELOAD =
  `said=$$(/usr/bin/caddy reload --adapter caddyfile --config ${CONFIG} --force 2>&1) || ` +
  '{ printf %%s \\"$${said##*Error: }\\"; systemd-notify --ready; exit 1; }'

const SERVICE = [
  'Restart=on-failure',
  'RestartSec=2s',
  'NotifyAccess=all',
  `ReadWritePaths=${DATA}`,
  `RuntimeDirectory=${ADMIN_SOCKET.split('/')[2]}`,
  'RuntimeDirectoryMode=0700',
  // For `log` in the extra_config of a site.
  'LogsDirectory=caddy',
  'LogsDirectoryMode=0750',
  'TimeoutStopSec=20s',
]

/** The metrics that the Caddy exporters of this host ask for. */
function metricsHere(context: RenderContext) {
  return instancesOf(caddyExporterOptions, context)
    .filter(({ host }) => host.name === context.host.name)
    .map(({ options }) => ({ address: listensAt('caddy-exporter', options, context), port: options.port }))
}

function trustOf(tls: Options['tls']): TlsExpectation['trust'] {
  if (tls.mode === 'internal') return { caFile: OWN_AUTHORITY }
  return tls.authority === undefined ? 'public' : { caFile: tls.authority }
}

function configurationLoaded(name: string, at: Endpoint, digest: string): HttpProbe {
  return { ...httpAnswers(name, at, '/', { body: `^${digest}$` }), headers: { Host: STATUS_HOST } }
}

/** Longer than Caddy waits for the outpost, so that a provider that hangs is told from a proxy that does. */
const SIGN_ON_TIMEOUT_MS = 12_000

/**
 * Who comes without a name is sent to the provider. That the provider is down is not the proxy's failure as long as it lets
 * nobody in meanwhile; that it lets somebody in is, at once.
 */
function signOnAsked({ domain }: Site, { providerDomains }: Guard, trust: TlsExpectation['trust']): HttpProbe {
  const places = [
    ...providerDomains.map((name) => `https://${escapePattern(name)}/`),
    `(https://${escapePattern(domain)})?/outpost\\.goauthentik\\.io/`,
  ]
  return {
    ...httpAnswers(`sign-on ${domain}`, HTTPS, '/'),
    tls: { serverName: domain, trust },
    expect: {
      status: [302, 303, 307, 401, 403, 502, 503, 504],
      location: `^(${places.join('|')})`,
      otherwise: [
        {
          status: [200, 201, 202, 203, 204, 205, 206],
          certain: true,
          message: 'anybody may come in without signing on',
        },
        { status: [404], certain: false, message: 'the outpost of the provider does not know this site' },
      ],
    },
    timeoutMs: SIGN_ON_TIMEOUT_MS,
  }
}
