// A running server over a store in memory, and ways to ask it.
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { ComponentStatus } from '../../../src/model/status.ts'
import { type ListenOptions, startServer } from '../../../src/server/server.ts'
import type { ServerTools } from '../../../src/server/tools.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { createBus } from '../../../src/telemetry/events.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  json: unknown
}

export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string
}

export async function serving(options: Partial<ListenOptions> = {}, more: Partial<ServerTools> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'server-'))
  const socketPath = join(directory, 'http.sock')
  const store = createMemoryStore()
  const bus = createBus()
  const metrics = createMetrics({ version: '1' })
  const asked: ComponentKey[] = []
  const problems: unknown[] = []
  const known: ComponentKey[] = []
  const statuses = new Map<ComponentKey, ComponentStatus>()
  const keysOf = ({ component, host }: { component: string; host?: string }) =>
    known.filter((key) => (host === undefined ? key.startsWith(`${component}@`) : key === `${component}@${host}`))
  const tools: ServerTools = {
    store,
    statuses,
    bus,
    metrics,
    asks: {
      reconcile: (named) => {
        const keys = keysOf(named)
        asked.push(...keys)
        return keys.map((key) => ({ key, does: 'is looked at now' }))
      },
      rollBack: async (named, to) => {
        const keys = keysOf(named)
        if (to === 1) return { asked: [], problems: keys.map((key) => `there is no generation 1 of ${key}`) }
        return { asked: keys.map((key) => ({ key, does: `goes back to ${to ?? 'the one before'}` })), problems: [] }
      },
      unquarantine: async (named, revision) => {
        const does = `may be brought to ${revision ?? 'what is written'} again`
        return { asked: keysOf(named).map((key) => ({ key, does })), problems: [] }
      },
    },
    confirmRemoval: (answer) => {
      const keys = known.filter((key) => 'component' in answer && key.startsWith(`${answer.component}@`))
      return keys.length > 0 ? { keys } : { problem: `nothing is known of ${JSON.stringify(answer)}` }
    },
    unfreeze: () => asked.push('fleet' as ComponentKey) === 1,
    issues: () => [],
    isReady: () => true,
    onProblem: (error) => problems.push(error),
    ...more,
  }
  const server = await startServer(tools, { socketPath, tcp: { address: '127.0.0.1', port: 0 }, ...options })
  const tcp = { host: '127.0.0.1', port: server.port ?? 0 }
  return {
    ...{ store, statuses, bus, metrics, asked, known, problems, directory, socketPath, server },
    overTcp: (path: string, ask?: Ask) => exchange({ ...tcp, path }, ask),
    overSocket: (path: string, ask?: Ask) => exchange({ socketPath, path }, ask),
    async [Symbol.asyncDispose]() {
      await server.close()
      rmSync(directory, { recursive: true })
    },
  }
}

type Place = { host?: string; port?: number; socketPath?: string; path: string }

export function exchange(place: Place, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...place, method, headers, agent: false, timeout: 60_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = response.headers['content-type']?.startsWith('application/json') && text !== ''
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          json: isJson ? JSON.parse(text) : undefined,
        })
      })
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')))
    sent.on('error', reject)
    sent.end(body)
  })
}
