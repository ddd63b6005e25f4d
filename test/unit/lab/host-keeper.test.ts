// The keeper's scripts: that a shell accepts them, and that the identity which they write is recognised again.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bootScript, keeperScript } from '../../../src/lab/host-keeper.ts'
import { livePid, parseIdentity } from '../../../src/lab/process-identity.ts'
import { runCommand } from '../../../src/lab/run-command.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keeper-'))
})
afterEach(() => rm(directory, { recursive: true }))

const settings = () => ({
  state: `${directory}/state`,
  runtime: directory,
  image: '/image',
  repository: '/repository',
  repositoryMount: '/srv/debian',
  grafana: '/packages',
  grafanaMount: '/srv/grafana',
  machine: 'dns',
  bridge: 'lab0',
  group: 'homeostat-lab/test/dns',
  cgroupTrees: [],
})

describe('the keeper', () => {
  test.each([
    ['keeper', keeperScript],
    ['boot', bootScript],
  ])('the %s script is valid shell', async (_, script) => {
    expect(await runCommand(['sh', '-n'], { stdin: script(settings()) })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    })
  })

  test('writes who it is in the form that is read', async () => {
    const untilIdentified = keeperScript(settings()).split('mkdir -p /run')[0]
    await writeFile(`${directory}/part.sh`, `${untilIdentified}\necho $$`)
    const { stdout } = await runCommand(['sh', `${directory}/part.sh`])
    const text = await readFile(`${directory}/keeper.pid`, 'utf8')
    expect(parseIdentity(text)?.pid).toBe(Number(stdout))
    expect(await livePid(`${directory}/keeper.pid`)).toBeUndefined()
  })
})
