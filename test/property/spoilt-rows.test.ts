// Whatever is left of what the store keeps: a row is read or refused with the store's own error, and a lifecycle that comes back is
// one that the machine can go on from.
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { advance, initialLifecycle, restoreLifecycle, stateName } from '../../machines/advance.ts'
import { nextEvents } from '../../machines/next-events.ts'
import type { LifecycleSnapshot } from '../../src/model/status.ts'
import { stateName as nameOf, summarize } from '../../src/model/status-summary.ts'
import { fullChecks } from '../../src/store/full-checks.ts'
import { outlineChecks, type RowValues } from '../../src/store/row-checks.ts'
import { decodeRow, revisionsIn } from '../../src/store/rows.ts'
import { StoreError } from '../../src/store/store.ts'
import { corpus } from '../support/corpus.ts'
import { cpuMs, longLines, noise, spoilt } from '../support/spoilt.ts'
import { eventOf, hostRowOf, statusOf, targetOf } from '../support/store-rows.ts'

const timing = { minHealthyMs: 0, verifyDeadlineMs: 1_000, maxAttempts: 2, autoRollback: true }
const running = [
  { type: 'TARGET_CHANGED' as const, revision: 'b'.repeat(64), nowMs: 1 },
  { type: 'APPLIED' as const, timing, corrected: ['file:/etc/x mode'], nowMs: 2 },
  { type: 'PROBES_PASSED' as const, timing, nowMs: 3 },
  { type: 'DRIFT_FOUND' as const, message: 'edited', correctAfterMs: 5, nowMs: 4 },
].reduce((lifecycle, fact) => advance(lifecycle, fact), initialLifecycle())
const status = statusOf('prometheus@monitoring', { lifecycle: running })

const real: { [Name in keyof RowValues]: string } = {
  status: JSON.stringify(status),
  target: JSON.stringify(targetOf('prometheus')),
  host: JSON.stringify(hostRowOf('monitoring')),
  event: JSON.stringify(eventOf('Healthy')),
  document: JSON.stringify('apiVersion: homeostat/v1\n'),
}
const words = ['"value":', '"healthy":"inSync"', '"context":{', 'null,', '"machineVersion":99,', '[]', '{}', 'true']

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

/** The value, or undefined where the row was refused as a bad row; throws for everything else, and where it takes too long. */
function decode<Table extends keyof RowValues>(table: Table, checks: typeof fullChecks, body: string) {
  let value: RowValues[Table] | undefined
  const tookMs = cpuMs(() => {
    try {
      value = decodeRow<RowValues[Table]>(checks[table], { body, checksum: crc32(body) }, `${table} x`)
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'row') throw error
    }
  })
  expect(tookMs).toBeLessThan(1_000)
  return value
}

/** The machine can go on from it, and whoever shows it can. */
function checkLifecycle(stored: LifecycleSnapshot): void {
  const lifecycle = restoreLifecycle(stored)
  expect(nextEvents(lifecycle).length).toBeGreaterThan(0)
  expect(restoreLifecycle(JSON.parse(JSON.stringify(lifecycle)))).toEqual(lifecycle)
  const next = advance(lifecycle, { type: 'TARGET_CHANGED', revision: 'c'.repeat(64), nowMs: 9 })
  expect(stateName(next)).not.toContain('disabled')
}

const tables = Object.keys(real) as (keyof RowValues)[]

describe.each(tables)('a row of the table %s', (table) => {
  it('is read by both checks', () => {
    for (const checks of [fullChecks, outlineChecks]) expect(decode(table, checks, real[table])).toBeDefined()
  })

  it('is read or refused, whatever bytes it is', () => {
    fc.assert(fc.property(noise, (text) => void [fullChecks, outlineChecks].map((by) => decode(table, by, text))))
  })

  it.each(corpus('rows'))('is read or refused where it is the seed %s, and spoilt', (_, seed) => {
    for (const checks of [fullChecks, outlineChecks]) decode(table, checks, seed)
    fc.assert(
      fc.property(spoilt(seed, words), (text) => void [fullChecks, outlineChecks].map((by) => decode(table, by, text))),
      { numRuns: 20 },
    )
  })

  it('is read or refused after it was spoilt, its checksum along with it', () => {
    fc.assert(
      fc.property(spoilt(real[table], words), (text) => {
        for (const checks of [fullChecks, outlineChecks]) decode(table, checks, text)
        expect(revisionsIn(text).every((revision) => revision.length === 64)).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('is refused where its checksum does not match', () => {
    const row = { body: real[table], checksum: crc32(real[table]) ^ 1 }
    expect(() => decodeRow(fullChecks[table] as never, row, 'x')).toThrow(StoreError)
  })

  // SQLite keeps UTF-8, which has no halves of pairs.
  it.each(longLines.filter(([what]) => what !== 'halves of pairs'))(
    'is read or refused with ten megabytes of %s in it',
    (_, line) => {
      const bodies = [line, `"${line}"`, real[table].replace('"', () => `"${line}`)]
      for (const checks of [fullChecks, outlineChecks]) for (const body of bodies) decode(table, checks, body)
    },
  )
})

describe('a persisted lifecycle', () => {
  it('that passes the checks of its row is restored to one that goes on, and can be shown', () => {
    fc.assert(
      fc.property(spoilt(real.status, words), (text) => {
        const read = decode('status', fullChecks, text)
        if (read === undefined) return
        checkLifecycle(read.lifecycle)
        expect(typeof summarize(read).state).toBe('string')
      }),
      { numRuns: 1_000 },
    )
  })

  it.each(corpus('rows'))('that is the seed %s is restored to one that goes on, where its row passes', (_, seed) => {
    const read = decode('status', fullChecks, seed)
    if (read === undefined) return
    checkLifecycle(read.lifecycle)
    expect(typeof summarize(read).state).toBe('string')
  })

  it('of any content at all is restored to one that goes on', () => {
    const anything = fc.jsonValue({ maxDepth: 4 })
    const context = fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(running.context)), fc.string()), anything)
    const near = fc
      .tuple(context, fc.constantFrom(running.context, {}))
      .map(([spoils, from]) => ({ ...from, ...spoils }))
    const value = fc.oneof(anything, fc.constantFrom(running.value, { healthy: 'constructor' }, { toString: 'x' }))
    const machineVersion = fc.oneof(fc.constantFrom(1, running.machineVersion), fc.integer())
    fc.assert(
      fc.property(machineVersion, value, near, (version, state, it) => {
        checkLifecycle({ machineVersion: version, value: state, context: it })
        expect(typeof nameOf({ value: state })).toBe('string')
      }),
      { numRuns: 1_000 },
    )
  })
})
