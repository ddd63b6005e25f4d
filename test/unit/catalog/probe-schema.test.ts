// Probes as users write them.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { probeSchema, toProbe } from '../../../src/catalog/probe-schema.ts'

const probe = (document: unknown) => toProbe(probeSchema.parse(document))

describe('a probe in YAML', () => {
  test('needs no more than its kind and where to look', () => {
    expect(probe({ kind: 'systemd', unit: 'caddy.service' })).toEqual({
      kind: 'systemd',
      name: 'unit caddy.service',
      unit: 'caddy.service',
      timeoutMs: 5000,
    })
    expect(probe({ kind: 'tcp', port: 5432 })).toEqual({
      kind: 'tcp',
      name: 'tcp 5432',
      address: '127.0.0.1',
      port: 5432,
      timeoutMs: 5000,
    })
    expect(probe({ kind: 'http', port: 80 })).toMatchObject({ path: '/', expect: { status: [200] }, name: 'http 80/' })
  })

  test('says about an HTTP answer what must be in it', () => {
    const document = {
      kind: 'http',
      name: 'works',
      timeout: '2s',
      port: 8080,
      path: '/health',
      headers: { Host: 'a.example.net' },
      status: [200, 204],
      json: { 'data.0.health': 'ok', ready: true },
      body: '^ok$',
    }
    expect(probe(document)).toEqual({
      kind: 'http',
      name: 'works',
      timeoutMs: 2000,
      address: '127.0.0.1',
      port: 8080,
      path: '/health',
      headers: { Host: 'a.example.net' },
      expect: {
        status: [200, 204],
        json: [
          { path: 'data.0.health', equals: 'ok' },
          { path: 'ready', equals: true },
        ],
        body: '^ok$',
      },
    })
  })

  test('sends a marked line to Loki', () => {
    expect(probe({ kind: 'log-round-trip' })).toEqual({
      kind: 'log-round-trip',
      name: 'log round trip',
      address: '127.0.0.1',
      port: 3100,
      through: 'push',
      labels: { job: 'homeostat' },
      timeoutMs: 5000,
    })
  })

  test('asks Prometheus for samples and for targets', () => {
    expect(probe({ kind: 'promql', query: 'up', expect: [{ value: 1 }] })).toMatchObject({
      port: 9090,
      expect: [{ labels: {}, value: 1 }],
    })
    expect(probe({ kind: 'prometheus-targets', expect: [{ job: 'a', instance: 'b:1' }] })).toMatchObject({
      name: 'targets',
      expect: [{ job: 'a', instance: 'b:1' }],
    })
  })

  test('speaks TLS with a name, and trusts the public authorities unless told otherwise', () => {
    const tls = (more: Record<string, string>) => ({
      kind: 'http',
      port: 443,
      tls: { serverName: 'wiki.example.org', ...more },
    })
    expect(probe(tls({}))).toMatchObject({
      name: 'http wiki.example.org:443/',
      tls: { serverName: 'wiki.example.org', trust: 'public' },
    })
    expect(probe(tls({ caFile: '/etc/ca.pem' }))).toMatchObject({ tls: { trust: { caFile: '/etc/ca.pem' } } })
    expect(probe(tls({ anybodyBecause: 'a lab' }))).toMatchObject({ tls: { trust: { anybodyBecause: 'a lab' } } })
    expect(probe({ kind: 'http', port: 80, status: 'any', location: '^/a' })).toMatchObject({
      expect: { status: 'any', location: '^/a' },
    })
  })

  test('asks a DNS server for names', () => {
    expect(probe({ kind: 'dns', expect: { 'wiki.example.org': ['192.0.2.20'] } })).toEqual({
      kind: 'dns',
      name: 'dns 53',
      address: '127.0.0.1',
      port: 53,
      expect: [{ name: 'wiki.example.org', addresses: ['192.0.2.20'] }],
      timeoutMs: 5000,
    })
  })

  test('runs a command without a shell', () => {
    expect(probe({ kind: 'command', argv: ['dig', '+short', '@127.0.0.1'], stdout: '^192' })).toEqual({
      kind: 'command',
      name: 'command dig +short @127.0.0.1',
      argv: ['dig', '+short', '@127.0.0.1'],
      stdout: '^192',
      timeoutMs: 5000,
    })
  })

  test.each([
    { kind: 'ping', address: '10.0.0.1' },
    { kind: 'http' },
    { kind: 'http', port: 80, url: '/' },
    { kind: 'http', port: 80, path: 'health' },
    { kind: 'http', port: 80, path: '/a b' },
    { kind: 'http', port: 80, status: [] },
    { kind: 'http', port: 80, body: '(' },
    { kind: 'http', port: 80, headers: { 'X Y': 'z' } },
    { kind: 'http', port: 80, headers: { X: 'a\r\nY: b' } },
    { kind: 'tcp', port: 80, timeout: '5' },
    { kind: 'tcp', port: 80, timeout: '2m' },
    { kind: 'tcp', port: 80, greeting: '(' },
    { kind: 'http', port: 443, tls: {} },
    { kind: 'http', port: 443, tls: { serverName: '192.0.2.1' } },
    { kind: 'http', port: 443, tls: { serverName: 'a.b', caFile: '/a', anybodyBecause: 'b' } },
    { kind: 'dns', expect: {} },
    { kind: 'dns', expect: { 'a.b': [] } },
    { kind: 'dns', expect: { 'a b': ['192.0.2.1'] } },
    { kind: 'dns', expect: { 'a.b': ['c.d'] } },
    { kind: 'command', argv: [] },
    { kind: 'promql', query: 'up', expect: [] },
  ])('is refused when it could not work: %j', (document) => {
    expect(probeSchema.safeParse(document).success).toBe(false)
  })
})

test('the JSON Schema of a probe asks for nothing that has a default', () => {
  const schema = z.toJSONSchema(probeSchema, { io: 'input' })
  const branches = schema.oneOf ?? []
  const required = Object.fromEntries(branches.map((branch) => [constantOf(branch.properties?.kind), branch.required]))
  expect(required).toMatchObject({ http: ['kind', 'port'], tcp: ['kind', 'port'], promql: ['kind', 'query', 'expect'] })
})

function constantOf(schema: unknown): string {
  return z.object({ const: z.string() }).parse(schema).const
}
