// A hundred megabytes where a few kilobytes are expected: refused or cut off in a second, with less than 256 MiB.
import { execFile } from 'node:child_process'
import { link, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const reader = resolve(import.meta.dirname, 'read-large.ts')
let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'homeostat-large-'))
  await mkdir(join(home, 'desired'))
  const file = await open(join(home, 'large'), 'w', 0o600)
  const part = Buffer.from('a: [x, "y", { z: 1 }] # 0123456789\t'.repeat(30_000))
  for (let written = 0; written < 100_000_000; written += part.length) await file.write(part)
  await file.close()
  for (const name of ['all.yaml', 'secrets.sops.yaml']) await link(join(home, 'large'), join(home, 'desired', name))
})
afterAll(() => rm(home, { recursive: true, force: true }))

test.each<[string, unknown]>([
  ['directory', expect.arrayContaining([expect.stringMatching(/larger than \d+ bytes/)])],
  ['known hosts', expect.stringMatching(/larger than \d+ bytes/)],
  ['age identity', expect.stringMatching(/larger than \d+ bytes/)],
  ['lines of a channel', [expect.objectContaining({ message: 'after' })]],
  ['output of a command', true],
  ['end of a look', 255],
  ['page of a service', [true, 1024 * 1024]],
])('%s', async (kind, said) => {
  const argv = [reader, kind, join(home, 'desired'), join(home, 'large')]
  const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 60_000 })
  const found = JSON.parse(stdout) as { said: unknown; grownBytes: number; cpuMs: number }
  expect(found.said).toEqual(said)
  expect(found.grownBytes).toBeLessThan(256 * 1024 * 1024)
  expect(found.cpuMs).toBeLessThan(1_000)
})
