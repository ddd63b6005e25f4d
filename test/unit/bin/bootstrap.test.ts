// The first run: a real npm in a real folder, whose only dependency lies beside it, so that no registry is needed.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const source = new URL('../../../bin/bootstrap.js', import.meta.url).pathname
let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bootstrap-'))
  mkdirSync(join(root, 'bin'))
  mkdirSync(join(root, 'near'))
  copyFileSync(source, join(root, 'bin/bootstrap.js'))
  write('near/package.json', { name: 'near', version: '1.0.0' })
  write('package.json', { name: 'root', version: '1.0.0', type: 'module', dependencies: { near: 'file:near' } })
  writeFileSync(
    join(root, 'say.js'),
    'console.log(process.argv.slice(2).join(","), process.env.PATH)\nprocess.exit(7)\n',
  )
  writeFileSync(
    join(root, 'wait.js'),
    `process.on("SIGTERM", () => process.exit(9))\nsetInterval(() => {}, 1000)\nconsole.log("ready")\n`,
  )
  writeFileSync(join(root, 'die.js'), 'process.kill(process.pid, "SIGKILL")\nsetInterval(() => {}, 1000)\n')
  lock()
})
afterAll(() => rmSync(root, { recursive: true }))

describe('the first run', () => {
  test('installs what is missing, and then runs the script with its arguments and its exit code', () => {
    const first = bootstrap('say.js', 'a', 'b c')
    expect(first).toMatchObject({ status: 7, stdout: expect.stringMatching(/^a,b c /) })
    expect(first.stderr).toContain('installing the dependencies')
    expect(first.stdout).toContain(join(root, 'node_modules/.bin'))
    expect(existsSync(join(root, 'node_modules/near/package.json'))).toBe(true)
  })

  test('installs nothing when all is there', () => {
    expect(bootstrap('say.js')).toMatchObject({ status: 7, stderr: '' })
  })

  test('installs again when a package has gone', () => {
    rmSync(join(root, 'node_modules/near'))
    expect(bootstrap('say.js').stderr).toContain('installing the dependencies')
    expect(existsSync(join(root, 'node_modules/near/package.json'))).toBe(true)
  })

  test('says what to do when npm fails, and does not run the script', () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    write('package-lock.json', { lockfileVersion: 3, packages: { 'node_modules/other': { version: '1.0.0' } } })
    const failed = bootstrap('say.js')
    expect(failed).toMatchObject({ status: 2, stdout: '' })
    expect(failed.stderr).toContain('npm ping')
    lock()
  })

  test('passes a signal on to the script', async () => {
    bootstrap('say.js')
    const child = spawn(process.execPath, ['bin/bootstrap.js', 'wait.js'], { cwd: root })
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([9, null])
  })

  test('ends by the signal that ended the script', () => {
    expect(bootstrap('die.js')).toMatchObject({ status: null, signal: 'SIGKILL' })
  })
})

function bootstrap(...argv: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['bin/bootstrap.js', ...argv], { cwd: root, encoding: 'utf8' })
}

function lock(): void {
  const packages = {
    '': { name: 'root', version: '1.0.0', dependencies: { near: 'file:near' } },
    near: { version: '1.0.0' },
    'node_modules/near': { resolved: 'near', link: true },
  }
  write('package-lock.json', { name: 'root', version: '1.0.0', lockfileVersion: 3, requires: true, packages })
}

function write(path: string, content: unknown): void {
  writeFileSync(join(root, path), JSON.stringify(content))
}
