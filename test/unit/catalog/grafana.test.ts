// Grafana and the log shippers: what is derived from others, and what cannot be.
import { describe, expect, test } from 'vitest'
import { RenderError } from '../../../src/catalog/define-type.ts'
import { type Given, renderGiven } from '../../support/catalog-given.ts'

const hosts = { monitoring: '192.0.2.18', caddy: '192.0.2.10' }
const here = ['monitoring']

function given(component: string, components: Given['components'], more: Partial<Given> = {}): Given {
  return { component, host: 'monitoring', hosts, components, ...more }
}

function textOf(from: Given, path: string): string {
  const found = renderGiven(from).resources.find((it) => it.kind === 'file' && it.path.endsWith(path))
  return found?.kind === 'file' ? found.content : ''
}

function refusal(from: Given): string {
  try {
    renderGiven(from)
    return ''
  } catch (error) {
    if (error instanceof RenderError) return error.message
    throw error
  }
}

const grafana = { type: 'grafana', hosts: here }

describe('grafana', () => {
  test.each([
    [
      'leads to its port',
      { a: 'web.example.net', b: 'dash.example.net' },
      { a: 9090, b: 3000 },
      'https://dash.example.net/',
    ],
    [
      'has its name',
      { grafana: 'g.example.net', a: 'web.example.net' },
      { grafana: 80, a: 9090 },
      'https://g.example.net/',
    ],
    ['is none of them', { a: 'web.example.net' }, { a: 9090 }, 'http://localhost:3000/'],
  ])('has the address of the proxy entry that %s', (_, domains, ports, url) => {
    const proxy = Object.fromEntries(
      Object.entries(domains).map(([name, domain]) => {
        const upstream = `192.0.2.18:${(ports as Record<string, number>)[name]}`
        return [name, { domain, path: '/', upstream }]
      }),
    )
    const services = { monitoring: { ip: '192.0.2.18', hostname: 'm.example.net', interface: { proxy } } }
    const text = textOf(given('grafana', { grafana }, { manifest: { services } }), 'grafana.ini')
    expect(text).toContain(`\nroot_url = ${url}\n`)
    expect(text).toContain(`\ncookie_secure = ${url.startsWith('https')}\n`)
  })

  test('listens for a proxy elsewhere only', () => {
    const proxy = { default: { domain: 'g.example.net', path: '/', upstream: '192.0.2.18:3000' } }
    const services = { monitoring: { ip: '192.0.2.18', hostname: 'm.example.net', interface: { proxy } } }
    const caddy = (host: string) =>
      given('grafana', { caddy: { type: 'caddy', hosts: [host] }, grafana }, { manifest: { services } })
    expect(textOf(caddy('monitoring'), 'grafana.ini')).toContain('http_addr = 127.0.0.1')
    expect(textOf(caddy('caddy'), 'grafana.ini')).toContain('http_addr = 192.0.2.18')
  })

  test('cannot show a Prometheus that it cannot reach', () => {
    const prometheus = { type: 'prometheus', hosts: ['caddy'], options: { listenAddress: '127.0.0.1' } }
    expect(refusal(given('grafana', { grafana, prometheus }))).toMatch(
      /^prometheus listens on 127\.0\.0\.1 of caddy only/,
    )
  })

  test('cannot sign on with a provider that the manifest does not know', () => {
    const auth = { type: 'oidc', provider: 'authentik', oidc: { client_id: 'x', redirect_uris: [], scopes: [] } }
    const services = { monitoring: { ip: '192.0.2.18', hostname: 'm.example.net', interface: { auth } } }
    expect(refusal(given('grafana', { grafana }, { manifest: { services } }))).toMatch(
      /sign-on by authentik, and no service/,
    )
  })

  test.each([
    ['is missing', { from: 'a.json' }, 'names the file a.json, which is not in the desired-state directory'],
    ['is no JSON', { from: 'bad.json' }, 'names the file bad.json, which is no JSON object'],
    ['has no title', { json: {} }, 'has no title'],
    ['has a uid that is none', { json: { title: 'A', uid: '../x' } }, 'has a uid that is not one'],
    ['has the uid of another', { json: { title: 'A', uid: 'first' } }, 'has the uid of another dashboard'],
  ])('cannot show a dashboard that %s', (_, content, message) => {
    const first = { name: 'first', folder: '', content: { json: { title: 'First' } } }
    const dashboards = [first, { name: 'second', folder: '', content }]
    const files = { 'bad.json': '[]' }
    expect(refusal(given('grafana', { grafana }, { dashboards, files }))).toContain(`the Dashboard second ${message}`)
  })
})

describe('a log shipper', () => {
  const loki = (where: string, options = {}) => ({ type: 'loki', hosts: [where], options })
  const promtail = { type: 'promtail', hosts: here }

  test('pushes to the Loki on its own host before any other', () => {
    const both = {
      a: loki('caddy'),
      b: loki('monitoring'),
      promtail: { type: 'promtail', hosts: ['monitoring', 'caddy'] },
    }
    expect(textOf(given('promtail', both), 'promtail.yaml')).toContain('http://127.0.0.1:3100/loki/api/v1/push')
  })

  test('cannot push to a Loki that only its own host can reach', () => {
    const components = { loki: loki('caddy', { listenAddress: '127.0.0.1' }), promtail }
    expect(refusal(given('promtail', components))).toMatch(
      /^loki listens on 127\.0\.0\.1 of caddy only, where promtail on/,
    )
  })
})
