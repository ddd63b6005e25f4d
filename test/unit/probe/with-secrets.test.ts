// Secrets in headers of probes are put in on the way, and a probe without its secret is not asked.
import { expect, test } from 'vitest'
import type { Probe } from '../../../src/model/probe.ts'
import type { Prober } from '../../../src/probe/prober.ts'
import { proberWithSecrets } from '../../../src/probe/with-secrets.ts'

const ref = (inner: string) => `\${secret:${inner}}`
const http = (name: string, headers: Record<string, string>): Probe => {
  return { kind: 'http', name, timeoutMs: 1, address: '::1', port: 1, path: '/', headers, expect: { status: [200] } }
}

test('headers get their secrets, results keep their order', async () => {
  const asked: Probe[] = []
  const prober: Prober = async (probes) => {
    asked.push(...probes)
    return probes.map(({ name }) => ({ name, passed: true, certain: false, message: 'well' }))
  }
  const reveal = (text: string) =>
    text.includes('gone') ? { problem: 'there is no secret gone' } : { text: text.replace(/\$\{.*?\}/, 'value') }
  const tcp: Probe = { kind: 'tcp', name: 'b', timeoutMs: 1, address: '::1', port: 1 }
  const probes = [
    http('a', { authorization: `Bearer ${ref('gone@0')}` }),
    tcp,
    http('c', { token: ref('x@0'), more: 'y' }),
  ]
  const results = await proberWithSecrets(prober, reveal)(probes, undefined as never)
  expect(asked).toEqual([tcp, http('c', { token: 'value', more: 'y' })])
  expect(results.map(({ name, passed, message }) => [name, passed, message])).toEqual([
    ['a', false, 'there is no secret gone'],
    ['b', true, 'well'],
    ['c', true, 'well'],
  ])
})
