// What lines of the log look like, and what never gets into one.
import { describe, expect, test } from 'vitest'
import { createLogger, type LoggerOptions } from '../../../src/telemetry/logger.ts'
import { createRedactor } from '../../../src/telemetry/redactor.ts'

function logTo(options: Partial<LoggerOptions> = {}) {
  const written: string[] = []
  const redactor = createRedactor()
  const stream = { write: (text: string) => written.push(text) }
  const log = createLogger({ stream, format: 'json', redactor, ...options })
  const records = () => written.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { log, redactor, written, records }
}

describe('a JSON line', () => {
  test('has the time, the level by name, the constant message and the keys, and nothing of the process', () => {
    const { log, records, written } = logTo()
    log.child({ key: 'prometheus@monitoring' }).info({ revision: 'ab12', durationMs: 30 }, 'applied')
    expect(records()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        key: 'prometheus@monitoring',
        revision: 'ab12',
        durationMs: 30,
        msg: 'applied',
      },
    ])
    expect(written[0]).toMatch(/^[^\n]+\n$/)
  })

  test('carries an error with the causes of it', () => {
    const { log, records } = logTo()
    log.error({ err: new Error('cannot save', { cause: new Error('disk full') }) }, 'pass failed')
    expect(records()[0]?.err).toMatchObject({
      type: 'Error',
      message: expect.stringContaining('disk full'),
      stack: expect.stringContaining('caused by: Error: disk full'),
    })
  })

  test('below the level is not written', () => {
    const { log, written } = logTo({ level: 'warn' })
    log.info('quiet pass')
    expect(written).toEqual([])
  })

  test('that is too long is cut and still JSON', () => {
    const { log, records, written } = logTo()
    log.info({ key: 'a@x', output: 'x'.repeat(1_000_000) }, 'failed')
    expect(written[0]?.length).toBeLessThan(6000)
    expect(records()[0]).toMatchObject({
      key: 'a@x',
      msg: 'failed',
      omitted: expect.stringMatching(/^\d+ characters$/),
    })
  })
})

describe.each(['json', 'pretty'] as const)('in the %s format', (format) => {
  test('a secret shows neither in keys, messages, errors, causes nor stacks', () => {
    const { log, redactor, written } = logTo({ format })
    redactor.register('hunter22 "and" more')
    const error = new Error('login with hunter22 "and" more failed', {
      cause: { dsn: 'x:hunter22%20%22and%22%20more@y' },
    })
    const both = new AggregateError([error, new Error('hunter22 "and" more')], 'twice')
    log.error(
      { err: both, url: 'x:hunter22%20%22and%22%20more@y', deep: { a: { b: ['hunter22 "and" more'] } } },
      'failed',
    )
    log.info('hunter22 "and" more')
    expect(written.join('')).not.toMatch(/hunter22/)
    expect(written.join('')).toContain('***')
  })

  test('a host cannot steer the terminal or forge a line', () => {
    const { log, written } = logTo({ format, color: false })
    log.info({ output: 'red \u001b[31m\u009b2J\r\nforged \u202e line\u0007\u007f' }, 'failed\nforged')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(written.join('').slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    expect(written.join('')).toContain('\\u009b2J')
  })
})

describe('a pretty line', () => {
  test('reads as time, level, component, message, keys', () => {
    const { log, written } = logTo({ format: 'pretty', color: false })
    log.child({ key: 'prometheus@monitoring' }).warn({ found: 2, note: 'by hand' }, 'drift found')
    expect(written[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}prometheus@monitoring drift found found=2 note=by hand\n$/)
  })

  test('is followed by the stack of an error, and of each error within it', () => {
    const { log, written } = logTo({ format: 'pretty', color: false })
    log.error({ err: new AggregateError([new Error('first'), new Error('second')], 'both') }, 'pass failed')
    const lines = (written[0] ?? '').split('\n')
    expect(lines[0]).toMatch(/ERROR pass failed$/)
    for (const text of ['AggregateError: both', 'Error: first', 'Error: second']) {
      expect(lines.some((line) => line.startsWith(`    ${text}`))).toBe(true)
    }
  })

  test('has colours only where they are wanted', () => {
    const coloured = logTo({ format: 'pretty', color: true })
    coloured.log.info('applied')
    expect(coloured.written[0]).toContain('\u001b[32mINFO')
  })
})
