// What the SQLite store does when its file was damaged, its process killed, or its disk filled up.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ComponentKey } from '../../../src/model/key.ts'
import { openSqliteStore, quarantineStore } from '../../../src/store/sqlite.ts'
import type { StoreError } from '../../../src/store/store.ts'
import { followChild, startChild } from '../../support/child.ts'
import { eventOf, statusOf, targetOf } from '../../support/store-rows.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'))
  path = join(directory, 'store.sqlite')
})
afterEach(() => rmSync(directory, { recursive: true }))

const nowMs = 1_795_000_000_000
const openWriter = () => openSqliteStore(path, { mode: 'writer', nowMs })

async function filledStore(count = 50): Promise<void> {
  const store = await openWriter()
  const keys = Array.from({ length: count }, (_, n): ComponentKey => `component-${n}@host`)
  await store.write({ statuses: keys.map((key) => statusOf(key)), targets: [targetOf('good')] })
  await store.close()
}

/** Overwrites the first occurrence of a text in the store's file with another of the same length. */
function scribble(text: string, replacement: string): void {
  const bytes = readFileSync(path)
  const at = bytes.indexOf(text)
  expect(at).toBeGreaterThan(0)
  bytes.write(replacement, at)
  writeFileSync(path, bytes)
}

describe('a damaged file', () => {
  const damages: Record<string, () => void> = {
    'cut to nothing': () => truncateSync(path, 0),
    'cut in the middle': () => truncateSync(path, 3 * 4096),
    'cut inside a page': () => truncateSync(path, 20_000),
    'not a store at all': () => writeFileSync(path, 'not a store at all\n'.repeat(1000)),
    'with pages of zeros': () => {
      const bytes = readFileSync(path)
      bytes.fill(0, 4096, bytes.length - 4096)
      writeFileSync(path, bytes)
    },
    'with flipped bytes in a page header': () => {
      const bytes = readFileSync(path)
      for (let page = 1; page * 4096 < bytes.length; page++) bytes[page * 4096] = (bytes[page * 4096] ?? 0) ^ 0xff
      writeFileSync(path, bytes)
    },
  }

  test.each(Object.entries(damages))(
    '%s is found at start, set aside whole, and a new store takes its place',
    async (_, damage) => {
      await filledStore()
      damage()
      const damaged = readFileSync(path)
      await expect(openWriter()).rejects.toMatchObject({ kind: 'damaged', message: expect.stringContaining(path) })
      expect(readFileSync(path).equals(damaged)).toBe(true)
      const [aside] = quarantineStore(path, nowMs)
      expect(aside).toMatch(/store\.sqlite\.damaged-20261118T\d{6}Z$/)
      expect(readFileSync(aside ?? '').equals(damaged)).toBe(true)
      const store = await openWriter()
      expect(await store.list()).toEqual([])
      await store.close()
    },
  )

  test('set aside twice in the same second is kept twice', async () => {
    for (let round = 0; round < 2; round++) {
      await filledStore(1)
      truncateSync(path, 0)
      quarantineStore(path, nowMs)
    }
    expect(readdirSync(directory).filter((name) => name.includes('.damaged-'))).toHaveLength(2)
  })

  test('is not set aside under a controller that runs', async () => {
    const store = await openWriter()
    expect(() => quarantineStore(path, nowMs)).toThrow(expect.objectContaining({ kind: 'held' }))
    await store.write({ statuses: [statusOf('a@x')] })
    await store.close()
  })
})

describe('a damaged row', () => {
  test('is found by its checksum where SQLite sees nothing wrong, and costs only itself', async () => {
    await filledStore(3)
    scribble('"generation":3', '"generation":9')
    const bad: StoreError[] = []
    const store = await openSqliteStore(path, { mode: 'writer', nowMs, onBadRow: (error) => bad.push(error) })
    const good = await store.list()
    expect(bad).toMatchObject([{ kind: 'row', row: expect.stringMatching(/^status component-\d@host$/) }])
    expect(good).toHaveLength(2)
    const key = bad[0]?.row?.split(' ')[1] as ComponentKey
    await expect(store.get(key)).rejects.toMatchObject({ kind: 'row', row: `status ${key}` })
    await store.write({ statuses: [statusOf(key)] })
    expect(await store.list()).toHaveLength(3)
    await store.close()
  })

  test('makes a list throw where nobody takes the bad rows', async () => {
    await filledStore(3)
    scribble('"generation":3', '"generation":9')
    const store = await openWriter()
    await expect(store.list()).rejects.toMatchObject({ kind: 'row' })
    await store.close()
  })

  test('of a target is never handed out', async () => {
    await filledStore(1)
    scribble('"path":"/etc/homeostat', '"path":"/etc/hostile!!')
    const store = await openWriter()
    await expect(store.target(targetOf('good').revision)).rejects.toMatchObject({ kind: 'row' })
    await store.close()
  })

  test('with a right checksum but a wrong shape is refused as well', async () => {
    await filledStore(1)
    const database = new DatabaseSync(path)
    database.exec("UPDATE status SET body = '{}', checksum = 2745614147")
    database.close()
    for (const mode of ['writer', 'reader'] as const) {
      const store = await openSqliteStore(path, { mode, nowMs })
      await expect(store.get('component-0@host')).rejects.toMatchObject({
        kind: 'row',
        message: expect.stringContaining('does not read back'),
      })
      await store.close()
    }
  })
})

describe('a killed process', () => {
  test('loses nothing that was acknowledged and leaves no half of a write, ten times over', {
    timeout: 60_000,
  }, async () => {
    let acknowledged = 0
    for (let round = 0; round < 10; round++) {
      rmSync(path, { force: true })
      const child = startChild(join(import.meta.dirname, 'store-writer.ts'), path, 'write')
      expect(await child.line()).toBe('open')
      for (let n = 0; n < 5 + round * 7; n++) await child.line()
      const last = Number((await child.kill()).filter((line) => /^\d+$/.test(line)).at(-1) ?? 5 + round * 7)
      acknowledged += last
      const store = await openWriter()
      const generations = (await store.list()).map((status) => status.generation)
      const n = generations[0] ?? 0
      expect(n).toBeGreaterThanOrEqual(last)
      expect(n).toBeLessThanOrEqual(last + 1)
      expect(generations).toEqual([n, n, n])
      expect((await store.host('x'))?.fence).toBe(n)
      expect((await store.events({ limit: 100_000 })).map((event) => event.details?.n)).toEqual(
        Array.from({ length: n }, (_, index) => index + 1),
      )
      await store.close()
    }
    expect(acknowledged).toBeGreaterThan(100)
  })
})

describe.runIf(process.platform === 'linux')('a disk that fails in the middle of a write', () => {
  test('ends writing through that connection; what was acknowledged is there when the store is opened again', async () => {
    // 400 blocks of 512 bytes: beyond them the kernel refuses to let a file grow (EFBIG), which to SQLite is an I/O error.
    const limited = ['-c', 'ulimit -f 400; exec "$@"', 'sh', process.execPath]
    await using child = followChild('sh', ...limited, join(import.meta.dirname, 'limited-writer.ts'), path)
    const told = JSON.parse(await child.line())
    expect(told).toMatchObject({ first: { kind: 'lost' }, second: { kind: 'lost' }, seen: told.acknowledged })
    expect(told.acknowledged).toBeGreaterThan(5)
    await child.kill()
    const store = await openWriter()
    expect((await store.get('a@x'))?.generation).toBe(told.acknowledged)
    await store.write({ statuses: [statusOf('a@x', { generation: 99 })] })
    await store.close()
  })
})

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('a full disk', () => {
  beforeEach(() => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'store-test', directory])
  })
  afterEach(() => {
    execFileSync('umount', [directory])
  })

  test('refuses the write whole, keeps what was there, and works again when there is room', async () => {
    const store = await openWriter()
    await store.write({ statuses: [statusOf('a@x', { generation: 1 })] })
    writeFileSync(join(directory, 'ballast'), Buffer.alloc(500_000))
    const big = { path: 'big.yaml', text: 'x'.repeat(400_000) }
    const change = { statuses: [statusOf('a@x', { generation: 2 })], documents: [big], events: [eventOf('Two')] }
    await expect(store.write(change)).rejects.toMatchObject({ kind: 'io', message: expect.stringContaining('full') })
    expect((await store.get('a@x'))?.generation).toBe(1)
    expect([await store.documents(), await store.events({})]).toEqual([[], []])
    rmSync(join(directory, 'ballast'))
    await store.write({ ...change, documents: [] })
    expect((await store.get('a@x'))?.generation).toBe(2)
    await store.close()
    await (await openWriter()).close()
  })

  test('at start is told as such and leaves no lock behind', async () => {
    writeFileSync(join(directory, 'ballast'), Buffer.alloc(1_040_000))
    await expect(openWriter()).rejects.toMatchObject({ kind: 'io' })
    rmSync(join(directory, 'ballast'))
    await (await openWriter()).close()
  })
})
