// The http probe inside TLS: whose certificate it accepts, and what a redirect has to say.
import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import type { HttpProbe, TlsExpectation } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { loopbackTransport } from './loopback-transport.ts'
import { contextWith, httpProbe } from './probe-context.ts'
import { serveHttp, serveRaw } from './servers.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures/probe/tls')
const caFile = join(FIXTURES, 'authority.pem')
const identity = readFileSync(join(FIXTURES, 'grafana.example.net.pem'))

async function serveHttps(listener: RequestListener): Promise<number> {
  const server = createServer({ key: identity, cert: identity }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as { port: number }).port
}

async function probed(port: number, tls: TlsExpectation, more: Partial<HttpProbe> = {}) {
  const [found] = await createProber()([httpProbe(port, { tls, path: '/', ...more })], contextWith())
  return found
}

const serverName = 'grafana.example.net'
const trusted: TlsExpectation = { serverName, trust: { caFile } }

test('passes where the certificate is of the name and signed by the authority in the file', async () => {
  const hosts: (string | undefined)[] = []
  const port = await serveHttps((request, response) => {
    hosts.push(request.headers.host)
    response.end('ok')
  })
  const found = await probed(port, trusted)
  expect(found).toMatchObject({ passed: true })
  expect(found?.message).toBe(`GET https://grafana.example.net:${port}/ on monitoring answered 200`)
  expect(hosts).toEqual([serverName])
})

test.each<[string, TlsExpectation, string]>([
  ['of another name', { serverName: 'loki.example.net', trust: { caFile } }, "does not match certificate's altnames"],
  ['signed by nobody public', { serverName, trust: 'public' }, 'no TLS with grafana.example.net: unable to'],
  ['checked against a file that is not there', { serverName, trust: { caFile: '/no/such/file' } }, '/no/such/file'],
])('does not pass where it is %s', async (_, tls, message) => {
  const port = await serveHttps((_request, response) => response.end('ok'))
  const found = await probed(port, tls)
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain(message)
})

/** As a channel of SSH: no socket, and closed as soon as it is ended. */
function asChannel(socket: Duplex): Duplex {
  const channel = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _encoding, done) => socket.write(chunk, done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.pause().on('data', (chunk) => channel.push(chunk))
  socket.on('end', () => channel.push(null)).on('close', () => channel.destroy())
  return channel
}

test('says what is wrong with a certificate also where the connection is a channel, which is gone at once', async () => {
  const port = await serveHttps((_request, response) => response.end('ok'))
  const { connect } = loopbackTransport()
  const transport = loopbackTransport({ connect: async (...to) => asChannel(await connect(...to)) })
  const ask = async (tls: TlsExpectation) =>
    (await createProber()([httpProbe(port, { tls, path: '/' })], contextWith({ transport })))[0]
  expect(await ask(trusted)).toMatchObject({ passed: true })
  expect((await ask({ serverName, trust: 'public' }))?.message).toContain('no TLS with grafana.example.net: unable to')
})

test('takes any certificate only where a reason is given', async () => {
  const port = await serveHttps((_request, response) => response.end('ok'))
  expect(await probed(port, { serverName: 'x.example.net', trust: { anybodyBecause: 'lab' } })).toMatchObject({
    passed: true,
  })
})

test('says that there is no TLS where a server speaks plain HTTP, hangs up or says nothing', async () => {
  const plain = await serveHttp((_request, response) => response.end('ok'))
  const closing = await serveRaw((socket) => socket.end())
  const silent = await serveRaw(() => undefined)
  for (const port of [plain, closing]) expect((await probed(port, trusted))?.message).toContain('no TLS with')
  expect((await probed(silent, trusted, { timeoutMs: 200 }))?.message).toContain('within 200 ms')
})

test('asks a redirect where it leads, and says what other answers mean', async () => {
  const expected: HttpProbe['expect'] = {
    status: [302, 502],
    location: '^https://auth\\.example\\.net/',
    otherwise: [{ status: [200], certain: true, message: 'anybody may come in' }],
  }
  const answering = async (status: number, location?: string) => {
    const headers = location === undefined ? {} : { location }
    const port = await serveHttps((_request, response) => response.writeHead(status, headers).end())
    return probed(port, trusted, { expect: expected })
  }
  expect(await answering(302, 'https://auth.example.net/start')).toMatchObject({ passed: true })
  expect(await answering(502)).toMatchObject({ passed: true })
  const elsewhere = await answering(302, '/login')
  expect(elsewhere).toMatchObject({ passed: false, certain: false })
  expect(elsewhere?.message).toContain('its Location does not match /^https://auth\\.example\\.net//: "/login"')
  const open = await answering(200)
  expect(open).toMatchObject({ passed: false, certain: true })
  expect(open?.message).toMatch(/answered 200: anybody may come in$/)
  expect((await answering(404))?.message).toContain('answered 404, expected 302 or 502')
})

test('accepts any status where any will do', async () => {
  const port = await serveHttps((_request, response) => response.writeHead(503).end())
  expect(await probed(port, trusted, { expect: { status: 'any' } })).toMatchObject({ passed: true })
})
