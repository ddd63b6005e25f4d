// What hosts say is scrubbed before it is kept, also where it was cut in the middle of a secret.
import { describe, expect, test } from 'vitest'
import type { Driver } from '../../../src/driver/driver.ts'
import type { OperationResult } from '../../../src/model/observation.ts'
import { createRedactor, type Redactor } from '../../../src/telemetry/redactor.ts'
import { scrubbedDriver, scrubbedProber } from '../../../src/telemetry/scrubbed.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import { observationOf } from '../../support/observations.ts'

const secret = 'correct horse battery staple'
function knowing(): Redactor {
  const redactor = createRedactor()
  redactor.register(secret)
  return redactor
}

const result = (output: string): OperationResult => {
  const base = { operationId: 'x', outcome: 'failed' as const, certain: true, startedAtMs: 0, finishedAtMs: 0 }
  return { ...base, step: `validate ${secret}`, output }
}
const failing = () => Promise.reject(new TransportError('refused', 'h', `h says ${secret}`, { sent: false }))

function driverSaying(output: string): Driver {
  const operations = { x: { state: 'done' as const, result: result(output) }, y: { state: 'running' as const } }
  const driver = {
    observe: () => Promise.resolve(observationOf({ operations })),
    operate: () => Promise.resolve(result(output)),
    confirm: failing,
    recall: failing,
  }
  return scrubbedDriver(driver as unknown as Driver, knowing())
}

const nothing = undefined as never

describe('what a driver brings', () => {
  const output = `line 3: password: ${secret}\nencoded ${Buffer.from(`user:${secret}`).toString('base64')}`

  test('is scrubbed: the output of an operation, told at once or found later', async () => {
    const driver = driverSaying(output)
    const seen = await driver.observe(nothing, 'h', nothing, nothing)
    const { x, y } = seen.operations
    const texts = [await driver.operate(nothing, nothing, nothing), x?.state === 'done' ? x.result : undefined]
    for (const text of texts) {
      expect(text?.output).toMatch(/^line 3: password: \*\*\*\nencoded .*\*\*\*/)
      expect(text?.step).toBe('validate ***')
      expect(text).toMatchObject({ operationId: 'x', outcome: 'failed', certain: true })
    }
    expect(y).toEqual({ state: 'running' })
  })

  test('is scrubbed where the host cut it in the middle of a secret', async () => {
    const cut = `horse battery staple\n${'x'.repeat(4_080)}`
    const { output } = await driverSaying(cut).operate(nothing, nothing, nothing)
    expect(output).toMatch(/^…\*\*\*\nx+$/)
  })

  test('is scrubbed in errors, which stay what they are', async () => {
    const refused = driverSaying('').confirm(nothing, 'c', 1, nothing)
    await expect(refused).rejects.toBeInstanceOf(TransportError)
    await expect(refused).rejects.toMatchObject({ kind: 'refused', message: expect.stringMatching(/says \*\*\*$/) })
  })
})

test.each([
  [`body "${secret}"`, 'body "***"'],
  ['body "password: correct horse bat…"', 'body "password: ***…"'],
  ['…e battery staple" and more', '…***" and more'],
  ['x… horse battery…', 'x…***…'],
  ['it is correct…', 'it is ***…'],
  ['it is corr…', 'it is corr…'],
  ['correct horse without a cut', 'correct horse without a cut'],
])('a probe that says %j is kept as %j', async (said, kept) => {
  const prober = scrubbedProber(async () => [{ name: 'p', passed: false, certain: false, message: said }], knowing())
  expect(await prober([], nothing)).toEqual([{ name: 'p', passed: false, certain: false, message: kept }])
})
