// The first command of the README as its user sees it, with a small desired state: hosts that boot, HTTP on this machine's own loopback,
// and nothing left of it, however it ended.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labDown, labUp } from '../../src/lab/lab-up.ts'
import { untilTrue } from '../support/controller.ts'
import { configFile, custom, type DocumentObject, sleeper, yamlOf } from '../support/desired-yaml.ts'
import { traces } from '../support/lab-traces.ts'

const main = resolve(import.meta.dirname, '../../src/main.ts')
const name = `${(process.env.HOMEOSTAT_LAB ?? 'default').slice(0, 24)}-demo`
const port = 19_095
const host: DocumentObject = {
  apiVersion: 'homeostat/v1',
  kind: 'Host',
  metadata: { name: 'monitoring' },
  spec: { address: '192.168.99.18' },
}
let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'homeostat-demo-'))
  await write(sleeper('plain', ['monitoring']))
})
afterAll(async () => {
  await labDown(name)
  await rm(home, { recursive: true, force: true })
})

const write = (...documents: DocumentObject[]) => writeFile(join(home, 'all.yaml'), yamlOf([host, ...documents]))
const fetched = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()

class Demo {
  said = ''
  readonly child: ChildProcess

  /** `isWindowed`: by a terminal, which is what signals go to then. */
  constructor({ words = [], isWindowed = false }: { words?: string[]; isWindowed?: boolean } = {}) {
    const argv = [main, '--state', join(home, '.state'), 'demo', home, '--name', name, '--port', `${port}`, ...words]
    const line = [process.execPath, ...argv].join(' ')
    const [program = '', ...more] = isWindowed ? ['script', '-qc', line, '/dev/null'] : [process.execPath, ...argv]
    this.child = spawn(program, more, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.said += chunk.toString()
      })
  }

  async ended(signal?: NodeJS.Signals): Promise<unknown> {
    const exited = once(this.child, 'exit')
    if (signal !== undefined) this.child.kill(signal)
    return (await exited)[0]
  }

  untilHealthy = () => untilTrue('all is healthy', async () => this.said.includes('Everything is healthy'))
}

test('killed at once, its controller stops too, and the next demo has the hosts to itself', async () => {
  const killed = new Demo()
  await killed.untilHealthy()
  await killed.ended('SIGKILL')

  const demo = new Demo()
  await demo.untilHealthy()
  expect(await fetched('/healthz')).toBe('ok\n')
  expect(await fetched('/readyz')).toBe('ready\n')
  expect(await fetched('/metrics')).toMatch(/^homeostat_component_state\{.*component="plain".*state="healthy"\} 1$/m)
  const lab = await labUp({ name })
  expect(await lab.shell('monitoring', `cat ${configFile('plain')}; systemctl is-active plain`)).toBe('one\nactive\n')
  expect(await demo.ended('SIGINT')).toBe(0)
  expect(demo.said).toContain('nothing is left running')
  expect(await traces(name)).toEqual([])
})

test('leaves nothing when the window of its terminal is closed', async () => {
  const demo = new Demo({ isWindowed: true })
  await demo.untilHealthy()
  await demo.ended('SIGKILL')
  await untilTrue('nothing is left', async () => (await traces(name)).length === 0)
})

test('with --exit ends as badly as what it deployed, and leaves nothing either', async () => {
  await write(
    custom('refused', ['monitoring'], { files: [{ path: '/etc/x', content: 'x', validate: ['false', '{staged}'] }] }),
  )
  const demo = new Demo({ words: ['--exit'] })
  expect(await demo.ended()).toBe(3)
  expect(demo.said).toContain('not everything is healthy')
  expect(await traces(name)).toEqual([])
})
