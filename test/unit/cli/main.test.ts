// The program as a process: what only shows there is how it ends, what it writes where, and how it takes signals.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStoreAt } from '../../../src/cli/open-store.ts'
import { NOW_MS, statusOf } from '../../support/statuses.ts'

const launcher = fileURLToPath(new URL('../../../bin/homeostat.js', import.meta.url))

let state: string
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'cli-main-'))
})
afterEach(() => rmSync(state, { recursive: true }))

function run(words: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, '--state', state, ...words], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: state, ...env },
  })
  return { status, stdout, stderr }
}

async function fill(count: number): Promise<void> {
  const store = await openStoreAt(join(state, 'store.sqlite'), { mode: 'writer', nowMs: NOW_MS })
  await store.write({ statuses: Array.from({ length: count }, (_, n) => statusOf(`component-${n}@host`)) })
  await store.close()
}

describe('homeostat', () => {
  it.each([
    [['--help'], 0],
    [['--version'], 0],
    [['version'], 0],
    [['get', '--help'], 0],
    [['help', 'snapshot'], 0],
    [[], 2],
    [['gett'], 2],
    [['get', 'components', '-o', 'xml'], 2],
    [['describe'], 2],
    [['get', 'components'], 2],
  ])('with %j exits %d', (words, status) => {
    expect(run(words).status).toBe(status)
  })

  it('lists every verb in its help, with an example', () => {
    const { stdout } = run(['--help'])
    for (const verb of ['run', 'get', 'describe', 'snapshot', 'history', 'lab', 'completion'])
      expect(stdout).toContain(verb)
    expect(stdout).toContain('Example')
  })

  it('writes errors to standard error, without a stack trace, and nothing to standard output', () => {
    const { stdout, stderr } = run(['get', 'components'])
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^homeostat: there is no store at /)
    expect(stderr).not.toContain('    at ')
  })

  it('suggests the verb that was meant', () => {
    expect(run(['snapshto']).stderr).toContain('Did you mean snapshot?')
  })

  it('reads a store while a controller holds it for writing', async () => {
    const store = await openStoreAt(join(state, 'store.sqlite'), { mode: 'writer', nowMs: NOW_MS })
    await store.write({ statuses: [statusOf('prometheus@monitoring')] })
    expect(run(['get', 'components', '-o', 'name']).stdout).toBe('component/prometheus@monitoring\n')
    await store.close()
  })

  it('takes the state directory from HOMEOSTAT_STATE', async () => {
    await fill(1)
    const { stdout } = spawnSync(process.execPath, [launcher, 'get', 'components', '-o', 'name'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: state, HOMEOSTAT_STATE: state },
    })
    expect(stdout).toBe('component/component-0@host\n')
  })

  it('ends quietly when its reader goes away', async () => {
    await fill(3_000)
    const { stderr, stdout } = spawnSync(
      'bash',
      ['-c', '"$@" | head -n 1', '_', process.execPath, launcher, '--state', state, 'get', 'components'],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: state },
      },
    )
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^NAME/)
  })

  it('writes everything for a reader that takes its time', async () => {
    await fill(3_000)
    const script = '"$@" | { sleep 0.5; wc -l; }'
    const argv = ['-c', script, '_', process.execPath, launcher, '--state', state, 'snapshot', '-o', 'wide']
    const { stdout } = spawnSync('bash', argv, { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: state } })
    expect(Number(stdout)).toBe(3_001)
  })

  it('keeps compiled code only where nobody else can write', () => {
    expect(run(['version'], { XDG_CACHE_HOME: join(state, 'private') }).status).toBe(0)
    expect(existsSync(join(state, 'private/homeostat/compile'))).toBe(true)
    mkdirSync(join(state, 'shared'))
    chmodSync(join(state, 'shared'), 0o777)
    expect(run(['version'], { XDG_CACHE_HOME: join(state, 'shared') }).status).toBe(0)
    expect(existsSync(join(state, 'shared/homeostat'))).toBe(false)
  })

  it('uses no colour outside of a terminal', async () => {
    await fill(1)
    expect(run(['get', 'components'], { FORCE_COLOR: '1' }).stdout).not.toContain('\u001b')
  })
})

describe('a watch', () => {
  it('ends with 0 at the first Ctrl-C, however often it arrives', async () => {
    await fill(1)
    const child = spawn(process.execPath, [launcher, '--state', state, 'get', 'components', '-w'], {
      env: { PATH: process.env.PATH, HOME: state },
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGINT')
    child.kill('SIGINT')
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('exit', (...end) => resolve(end)),
    )
    expect([code, signal]).toEqual([0, null])
  })
})
