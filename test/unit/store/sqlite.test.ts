// Opening the SQLite store: who may write, who may read, what the files look like, what a newer or older schema does.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type StatusSummary, summarize } from '../../../src/model/status-summary.ts'
import { migrate, migrations, schemaVersion } from '../../../src/store/schema.ts'
import { assertSqliteVersion, openSqliteStore } from '../../../src/store/sqlite.ts'
import { startChild } from '../../support/child.ts'
import { eventOf, statusOf } from '../../support/store-rows.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'))
  path = join(directory, 'state', 'store.sqlite')
})
afterEach(() => rmSync(directory, { recursive: true }))

const nowMs = 1_795_000_000_000
const openWriter = () => openSqliteStore(path, { mode: 'writer', nowMs })
const openReader = () => openSqliteStore(path, { mode: 'reader', nowMs })
const holder = () => startChild(join(import.meta.dirname, 'store-writer.ts'), path)

describe('one writer', () => {
  test('a second controller is refused and told which process holds the store, where and since when', async () => {
    await using first = holder()
    expect(await first.line()).toBe('open')
    await expect(openWriter()).rejects.toMatchObject({
      kind: 'held',
      message: expect.stringMatching(
        new RegExp(`held by process ${first.pid} on \\S+ since 2026-11-18T\\d\\d:\\d\\d:\\d\\d`),
      ),
    })
    const reader = await openReader()
    expect(await reader.list()).toEqual([])
    await reader.close()
  })

  test('a second writer in the same process is refused too', async () => {
    const first = await openWriter()
    await expect(openWriter()).rejects.toMatchObject({ kind: 'held' })
    await first.write({ statuses: [statusOf('a@x')] })
    await first.close()
    const second = await openWriter()
    expect(await second.list()).toHaveLength(1)
    await second.close()
  })

  test('the store of a killed controller is free at once, whatever its records say', async () => {
    const first = holder()
    expect(await first.line()).toBe('open')
    await first.kill()
    expect(existsSync(`${path}.owner`)).toBe(true)
    const next = await openWriter()
    expect(JSON.parse(readFileSync(`${path}.owner`, 'utf8'))).toMatchObject({ pid: process.pid })
    await next.close()
    expect(existsSync(`${path}.owner`)).toBe(false)
  })
})

describe('a reader', () => {
  test('is told that there is no store yet, and creates none', async () => {
    await expect(openReader()).rejects.toMatchObject({ kind: 'missing', message: expect.stringContaining(path) })
    expect(readdirSync(directory)).toEqual([])
  })

  test('works without a controller and beside one, and sees what was written since', async () => {
    const before = await openWriter()
    await before.write({ statuses: [statusOf('a@x', { generation: 1 })] })
    await before.close()
    const reader = await openReader()
    expect((await reader.get('a@x'))?.generation).toBe(1)
    const writer = await openWriter()
    await writer.write({ statuses: [statusOf('a@x', { generation: 2 })] })
    expect((await reader.get('a@x'))?.generation).toBe(2)
    await writer.close()
    await reader.close()
  })

  test('changes nothing', async () => {
    await (await openWriter()).close()
    const reader = await openReader()
    await expect(reader.write({ statuses: [statusOf('a@x')] })).rejects.toMatchObject({ kind: 'io' })
    await reader.close()
  })
})

describe('summaries', () => {
  const everything = Object.keys(summarize(statusOf('a@x'))) as (keyof StatusSummary)[]

  test('say of every status what a list shows, also in a store of before there were any', async () => {
    const store = await openWriter()
    await store.write({ statuses: [statusOf('b@x'), statusOf('a@x'), statusOf('c@x')] })
    await store.write({ deletes: ['c@x'] })
    const { lastDiff: _, lastProbes: __, ...shown } = statusOf('a@x')
    const summaries = await store.summaries(everything)
    expect(summaries.map((summary) => summary.key)).toEqual(['a@x', 'b@x'])
    expect(summaries[0]).toMatchObject({ key: 'a@x', generation: shown.generation, desired: shown.desired })
    await store.close()
    const older = new DatabaseSync(path)
    older.exec("DELETE FROM summary WHERE key = 'a@x'")
    older.close()
    const reader = await openReader()
    expect(await reader.summaries(everything)).toEqual(summaries)
    expect((await reader.summaries(['state']))[1]).toMatchObject({ key: 'b@x', state: summaries[1]?.state })
    await reader.close()
  })
})

describe('files', () => {
  test('are for their owner alone', async () => {
    const store = await openWriter()
    await store.write({ events: [eventOf('One')] })
    expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700)
    const modes = readdirSync(join(directory, 'state')).map((name) => [
      name,
      statSync(join(directory, 'state', name)).mode & 0o777,
    ])
    expect(modes.map(([name]) => name)).toContain('store.sqlite-wal')
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([])
    await store.close()
  })

  test('are the store, its lock and nothing more once it is closed', async () => {
    await (await openWriter()).close()
    expect(readdirSync(join(directory, 'state')).sort()).toEqual(['store.sqlite', 'store.sqlite.lock'])
  })

  test('in a directory that others can write to are refused', async () => {
    mkdirSync(join(directory, 'state'))
    chmodSync(join(directory, 'state'), 0o777)
    await expect(openWriter()).rejects.toMatchObject({ kind: 'io', message: expect.stringContaining('mode 0777') })
    expect(readdirSync(join(directory, 'state'))).toEqual([])
  })

  test('of a store that was half created are taken up again', async () => {
    await (await openWriter()).close()
    rmSync(path)
    const half = new DatabaseSync(`${path}.new`)
    half.exec('CREATE TABLE status (half TEXT) STRICT')
    half.close()
    const store = await openWriter()
    await store.write({ statuses: [statusOf('a@x')] })
    await store.close()
  })

  test('use the write-ahead log and strict tables', async () => {
    await (await openWriter()).close()
    const database = new DatabaseSync(path)
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(
      database
        .prepare("SELECT count(*) AS loose FROM pragma_table_list WHERE name IN ('status', 'event') AND strict = 0")
        .get(),
    ).toEqual({ loose: 0 })
    database.close()
  })
})

describe('versions', () => {
  test('a store of a newer version is refused and left as it is', async () => {
    await (await openWriter()).close()
    const newer = new DatabaseSync(path)
    newer.exec(`PRAGMA user_version = ${migrations.length + 1}`)
    newer.close()
    const before = readFileSync(path)
    await expect(openWriter()).rejects.toMatchObject({ kind: 'newer' })
    await expect(openReader()).rejects.toMatchObject({ kind: 'newer' })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test('an older store is carried over, after a copy was made that still opens', async () => {
    const store = await openWriter()
    await store.write({ statuses: [statusOf('a@x')] })
    await store.close()
    const scripts = [
      ...migrations,
      'ALTER TABLE status ADD COLUMN note TEXT',
      "UPDATE status SET note = 'carried over'",
    ]
    const database = new DatabaseSync(path)
    const copies = await migrate(database, path, { nowMs, scripts })
    expect(schemaVersion(database)).toBe(migrations.length + 2)
    expect(database.prepare('SELECT key, note FROM status').all()).toEqual([{ key: 'a@x', note: 'carried over' }])
    database.close()
    expect(copies).toHaveLength(2)
    const copy = await openSqliteStore(copies[0] ?? '', { mode: 'reader', nowMs })
    expect(await copy.list()).toEqual([statusOf('a@x')])
    await copy.close()
    expect(statSync(copies[0] ?? '').mode & 0o777).toBe(0o600)
  })

  test('a migration that fails leaves the store at the version before', async () => {
    await (await openWriter()).close()
    const database = new DatabaseSync(path)
    const scripts = [...migrations, 'CREATE TABLE half (a TEXT) STRICT; SELECT no_such_function()']
    await expect(migrate(database, path, { nowMs, scripts })).rejects.toThrow('no_such_function')
    expect(schemaVersion(database)).toBe(migrations.length)
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([])
    database.close()
    await (await openWriter()).close()
  })

  test('an SQLite with the write-ahead log bug is refused', () => {
    for (const version of ['3.51.2', '3.50.9', '2.99.99']) {
      expect(() => assertSqliteVersion(version)).toThrow('a newer Node')
    }
    for (const version of ['3.51.3', '3.53.0', '4.0.0', process.versions.sqlite ?? '']) assertSqliteVersion(version)
  })
})
