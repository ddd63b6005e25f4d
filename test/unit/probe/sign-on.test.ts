// What a protected site says to somebody who has not signed on, and what that means.
import { expect, it } from 'vitest'
import type { Exchange } from '../../../src/probe/http-exchange.ts'
import { isSignOnProbe, judgeSite, type SignOnProbe } from '../../../src/probe/sign-on.ts'

const probe: SignOnProbe = {
  ...{ kind: 'http', name: 'sign-on wiki', address: '127.0.0.1', port: 443, path: '/', timeoutMs: 1_000 },
  tls: { serverName: 'wiki.lan', trust: 'public' },
  expect: {
    status: [302],
    location: '^(https://auth\\.lan/|(https://wiki\\.lan)?/outpost\\.goauthentik\\.io/)',
  },
}

const answer = (status: number, location?: string): Exchange => ({
  ...{ outcome: 'answer', status, body: Buffer.from('<html>'), truncated: false },
  headers: location === undefined ? {} : { location },
})

it.each([
  ['the provider', answer(302, 'https://auth.lan/if/flow/?next=secret'), true, 'leads to "https://auth.lan/if/flow/"'],
  ['another place', answer(302, 'https://auth.lan.evil.example/'), false, 'which is not the provider'],
  ['nowhere', answer(303), false, 'which is not the provider'],
  ['in', answer(200), false, 'answered 200: SECURITY: anybody may come in without signing on'],
  ['nothing known', answer(404), false, 'the outpost of the provider does not know this site'],
  ['a provider that is down', answer(502), false, 'the provider is down'],
  ['a refusal', answer(403), false, 'expected a redirect to the provider: "<html>"'],
  ['no answer', { outcome: 'none', reason: 'refused' } as Exchange, false, 'the proxy gave no answer: refused'],
])('leads to %s', (_, exchange, passed, says) => {
  expect(judgeSite(exchange, probe)).toEqual({ passed, message: expect.stringContaining(says) })
})

it.each(['https://wiki.lan/outpost.goauthentik.io/start?rd=x', '/outpost.goauthentik.io/start?rd=x'])(
  'is asked once more at the outpost of its own: %s',
  (location) => {
    expect(judgeSite(answer(302, location), probe)).toMatchObject({
      ...{ passed: true, outpostPath: '/outpost.goauthentik.io/start?rd=x' },
    })
  },
)

it('knows the probes of protected sites', () => {
  expect(isSignOnProbe(probe)).toBe(true)
  expect(isSignOnProbe({ ...probe, tls: undefined } as { kind: string })).toBe(false)
  expect(isSignOnProbe({ kind: 'systemd' })).toBe(false)
})
