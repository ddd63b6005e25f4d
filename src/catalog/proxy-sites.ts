// The sites of the reverse proxy, out of the manifest's proxy entries: which name leads where, and who has to sign on first.
import type { Manifest, ManifestAuth, ManifestProxy, ManifestService } from '../model/manifest.ts'
import { hostPort } from './address.ts'
import { RenderError } from './define-type.ts'
import { dnsName } from './scalars.ts'

export interface Site {
  domain: string
  /** Where the application lives below the domain; `/` for all of it. */
  path: string
  upstream: string
  /** The proxy's own language, from the manifest as it stands there. */
  extraConfig: string
  /** Set where nobody comes in without having signed on. */
  guard?: Guard
}

export interface Guard {
  /** Where the outpost that is asked listens. */
  outpost: string
  /** Names at which the provider itself is reached, to tell its sign-on page from another. */
  providerDomains: string[]
}

/** Port of authentik's own web server, where its embedded outpost answers too. */
const OUTPOST_PORT = 9000

interface Entry {
  /** Its place in the manifest, for messages. */
  place: string
  service: ManifestService
  proxy: ManifestProxy
}

/** All sites of enabled services, sorted by domain. Throws `RenderError`, which names the field of the manifest. */
export function proxySites(manifest: Manifest | undefined): Site[] {
  if (manifest === undefined) return []
  const all = entries(manifest)
  refuseTwice(all)
  return all.map((entry) => toSite(entry, manifest)).sort((a, b) => (a.domain < b.domain ? -1 : 1))
}

function entries({ core_services, services }: Manifest): Entry[] {
  return Object.entries({ core_services, services }).flatMap(([section, group]) =>
    Object.entries(group)
      .filter(([, service]) => service.enable)
      .flatMap(([name, service]) =>
        Object.entries(service.interface.proxy ?? {}).map(([key, proxy]) => {
          const place = `${section}.${name}.interface.proxy${key === 'default' ? '' : `.${key}`}`
          return { place, service, proxy }
        }),
      ),
  )
}

function refuseTwice(all: Entry[]): void {
  const first = new Map<string, Entry>()
  for (const entry of all) {
    const other = first.get(entry.proxy.domain)
    if (other !== undefined) fail(`${other.place} and ${entry.place} both have the domain ${entry.proxy.domain}`)
    first.set(entry.proxy.domain, entry)
  }
}

function toSite({ place, service, proxy }: Entry, manifest: Manifest): Site {
  const { domain, path, upstream, extra_config: extraConfig = '' } = proxy
  const auth = proxy.auth ?? service.interface.auth
  if (!dnsName.safeParse(domain).success) fail(`${place}.domain is ${domain}, expected a DNS name`)
  if (!PATH.test(path)) fail(`${place}.path is ${path}, expected a path such as / or /app`)
  if (!UPSTREAM.test(upstream)) fail(`${place}.upstream is ${upstream}, expected HOST:PORT or a URL without a path`)
  const problem = blockProblem(extraConfig)
  if (problem !== undefined) fail(`${place}.extra_config ${problem}`)
  const guard = auth?.type === 'forward_auth' ? { guard: guardOf(auth, place, manifest) } : {}
  return { domain, path, upstream, extraConfig, ...guard }
}

const PATH = /^\/[A-Za-z0-9._~/-]*$/
const UPSTREAM = /^((https?|h2c):\/\/)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?$/

function guardOf({ provider, forward_auth_upstream }: ManifestAuth, place: string, manifest: Manifest): Guard {
  const service = Object.entries({ ...manifest.core_services, ...manifest.services }).find(
    ([name]) => name === provider,
  )?.[1]
  const proxies = Object.values(service?.interface.proxy ?? {})
  const outpost =
    forward_auth_upstream ??
    proxies[0]?.upstream ??
    (service === undefined ? undefined : hostPort(service.ip, OUTPOST_PORT))
  if (outpost === undefined)
    return fail(
      `${place}.auth wants sign-on by ${provider}, which is no service of the manifest and has no forward_auth_upstream`,
    )
  if (!UPSTREAM.test(outpost)) fail(`${place}.auth.forward_auth_upstream is ${outpost}, expected HOST:PORT`)
  return { outpost, providerDomains: proxies.map(({ domain }) => domain) }
}

/**
 * Why a text is not the inside of one block of a Caddyfile: a brace more or less would end the site early, or swallow the
 * next. Quotes, backticks and comments as Caddy's lexer has them; everything else is for `caddy validate`.
 */
export function blockProblem(text: string): string | undefined {
  let depth = 0
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^["`]/.test(token) && !CLOSED.test(token)) return `has a ${token[0]} that is never closed`
    if (token === '{') depth += 1
    if (token === '}') depth -= 1
    if (depth < 0) return 'closes a { that it never opened'
  }
  return depth === 0 ? undefined : 'opens a { that it never closes'
}

/** A comment, a quoted text (whole, or up to the end where it is not closed), or a word. */
const TOKEN = /(?<=^|\s)#[^\n]*|(?<=^|\s)"(?:\\[\s\S]|[^"\\])*"?|(?<=^|\s)`[^`]*`?|\S+/g
const CLOSED = /^(?:"(?:\\[\s\S]|[^"\\])*"|`[^`]*`)$/

function fail(message: string): never {
  throw new RenderError(`the manifest's ${message}`, 'spec.type')
}
