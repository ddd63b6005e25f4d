// The sites of the proxy out of the manifest: what is refused, and with which field named; what sign-on is asked of whom.
import { describe, expect, test } from 'vitest'
import { caddyfile } from '../../../src/catalog/caddyfile.ts'
import { blockProblem, proxySites } from '../../../src/catalog/proxy-sites.ts'
import type { Manifest, ManifestProxy } from '../../../src/model/manifest.ts'

const proxy = { domain: 'wiki.example.org', path: '/', upstream: '192.0.2.6:8080' }

function service(proxies: Record<string, Partial<ManifestProxy>>, more: object = {}) {
  const complete = Object.entries(proxies).map(([name, entry]) => [name, { ...proxy, ...entry }])
  const own = { interface: { proxy: Object.fromEntries(complete) as Record<string, ManifestProxy> } }
  return { enable: true, ip: '192.0.2.6', hostname: 'wiki-1.example.org', ports: [], depends_on: [], ...own, ...more }
}

function manifestOf(services: Manifest['services'], core_services: Manifest['services'] = {}): Manifest {
  return { network: { domain: 'example.org' }, core_services, services }
}

describe('the inside of a block', () => {
  test.each([
    [''],
    ['respond /a 200'],
    ['header {\n  X-A "b { c"\n}'],
    ['respond `}\n}`'],
    ['# a comment with }\nrespond "a \\" }" 200'],
    ['respond {http.request.uri} 200'],
    ['@a {\n  path /a#b\n  header X "}"\n}'],
  ])('may be %j', (text) => expect(blockProblem(text)).toBeUndefined())

  test.each([
    ['}\nhttps://evil.example.org {', 'closes a { that it never opened'],
    ['handle {', 'opens a { that it never closes'],
    ['respond "a', 'has a " that is never closed'],
    ['respond "', 'has a " that is never closed'],
    ['respond "a \\"', 'has a " that is never closed'],
    ['respond `a', 'has a ` that is never closed'],
  ])('may not be %j', (text, problem) => expect(blockProblem(text)).toBe(problem))
})

describe('the manifest is told where it is wrong', () => {
  test.each<[Partial<ManifestProxy>, string]>([
    [{ domain: '192.0.2.1' }, 'services.wiki.interface.proxy.domain is 192.0.2.1, expected a DNS name'],
    [{ path: 'app' }, 'services.wiki.interface.proxy.path is app, expected a path'],
    [{ path: '/a b {' }, 'services.wiki.interface.proxy.path is /a b {, expected a path'],
    [{ upstream: '192.0.2.6:80 {' }, 'services.wiki.interface.proxy.upstream is 192.0.2.6:80 {, expected HOST:PORT'],
    [{ extra_config: '}' }, 'services.wiki.interface.proxy.extra_config closes a { that it never opened'],
    [
      { auth: { type: 'forward_auth', provider: 'nobody' } },
      'services.wiki.interface.proxy.auth wants sign-on by nobody, which is no service of the manifest',
    ],
  ])('%j', (entry, message) => {
    expect(() => proxySites(manifestOf({ wiki: service({ default: entry }) }))).toThrow(message)
  })

  test('where two entries have the same domain', () => {
    const manifest = manifestOf({ a: service({ default: {} }), b: service({ one: {} }) })
    expect(() => proxySites(manifest)).toThrow(
      "the manifest's services.a.interface.proxy and services.b.interface.proxy.one both have the domain wiki.example.org",
    )
  })
})

describe('sign-on', () => {
  const auth = { type: 'forward_auth', provider: 'sso' }
  const guardOf = (manifest: Manifest) => proxySites(manifest)[0]?.guard
  const sso = (more: object = {}) => ({ sso: { ...service({}), ip: '192.0.2.5', ...more } })

  test('is asked of the outpost that the entry names', () => {
    const entry = { auth: { ...auth, forward_auth_upstream: '192.0.2.9:9000' } }
    expect(guardOf(manifestOf({ wiki: service({ default: entry }) }))).toEqual({
      outpost: '192.0.2.9:9000',
      providerDomains: [],
    })
  })

  test("else at the provider's own upstream, else on its machine", () => {
    const wiki = { wiki: service({ default: { auth } }) }
    expect(guardOf(manifestOf(wiki, sso()))?.outpost).toBe('192.0.2.5:9000')
    const proxied = sso(service({ default: { domain: 'login.example.org', upstream: '192.0.2.5:8000' } }))
    const guards = proxySites(manifestOf(wiki, proxied)).map(({ guard }) => guard)
    expect(guards).toEqual([undefined, { outpost: '192.0.2.5:8000', providerDomains: ['login.example.org'] }])
  })

  test('of the service counts where the entry has none of its own', () => {
    const wiki = service({ one: {} })
    const manifest = manifestOf({ wiki: { ...wiki, interface: { ...wiki.interface, auth } } }, sso())
    expect(guardOf(manifest)?.outpost).toBe('192.0.2.5:9000')
  })

  test('by OIDC is the application’s own affair', () => {
    const entry = { auth: { type: 'oidc', provider: 'sso' } }
    expect(guardOf(manifestOf({ wiki: service({ default: entry }) }, sso()))).toBeUndefined()
  })

  test('comes before everything that the manifest adds to the site', () => {
    const entry = { auth, extra_config: 'respond /api/* 200' }
    const sites = proxySites(manifestOf({ wiki: service({ default: entry }) }, sso()))
    const { text } = caddyfile({ tls: { mode: 'internal' }, sites, metrics: [] })
    const at = (part: string) => text.indexOf(part)
    expect(at('route {')).toBeLessThan(at('forward_auth 192.0.2.5:9000'))
    expect(at('request_header -X-Authentik-*')).toBeLessThan(at('forward_auth'))
    expect(at('forward_auth 192.0.2.5:9000')).toBeLessThan(at('respond /api/* 200'))
    expect(at('respond /api/* 200')).toBeLessThan(at('reverse_proxy 192.0.2.6:8080'))
  })
})

test('another configuration has another digest, the same one the same', () => {
  const of = (upstream: string) =>
    caddyfile({
      tls: { mode: 'internal' },
      sites: proxySites(manifestOf({ wiki: service({ default: { upstream } }) })),
      metrics: [],
    }).digest
  expect(of('192.0.2.6:80')).toBe(of('192.0.2.6:80'))
  expect(of('192.0.2.6:80')).not.toBe(of('192.0.2.6:81'))
})
