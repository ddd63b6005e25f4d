// Whatever a host says, and whatever is left of what it keeps for us: the readers of the driver give facts or their own error,
// within a second, and never pollute anything.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { AnswerError, linesOf } from '../../src/driver/systemd/frames.ts'
import { parseObservation } from '../../src/driver/systemd/parse.ts'
import { parseConfirmed, parseMended, parseOutcome, parseRecalled } from '../../src/driver/systemd/parse-outcome.ts'
import { parseComponents, parseResult } from '../../src/driver/systemd/parse-records.ts'
import { watchReader } from '../../src/driver/systemd/watch-script.ts'
import type { Operation } from '../../src/model/operation.ts'
import { corpus } from '../support/corpus.ts'
import { cpuMs, longLines, noise, spoilt } from '../support/spoilt.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/driver/${name}`, import.meta.url), 'utf8')
const mark = 'homeostat-fixture'
const wanted = JSON.parse(fixture('observe.wanted.json'))
const answer = fixture('observe.out')
const between = (from: string, to: string) => {
  const start = answer.indexOf(from) + from.length
  return answer.slice(start, answer.indexOf(to, start))
}
const names = between(`\n${mark} components\n`, `\n${mark}`)
const records = `==> /var/lib/homeostat/components/${between('\n==> /var/lib/homeostat/components/', `\n${mark}`)}`
const result = between(`\n${mark}/ op-refused ended\n`, `\n${mark}/`)
const framed = (section: string, body: string) => `\n${mark} begin\n\n${mark} ${section}\n${body}\n${mark} end\n`
const target = { component: 'web', host: 'h', type: 'custom', revision: 'a'.repeat(64), resources: [], probes: [] }
const kept = `\n${mark} begin\n\n${mark} generation 8\n${JSON.stringify(target)}\n\n${mark} generation 9\n${JSON.stringify(target)}\n\n${mark} end\n`
const operation = { id: 'op-refused' } as Operation

const observe = (text: string) => parseObservation(text, { host: 'web', wanted, mark, startedAtMs: 5 })
const watch = watchReader({ components: { web: { paths: [], units: ['web.service'] } } })

const readers: [what: string, real: string, read: (text: string) => unknown][] = [
  ['an observation', answer, observe],
  ['component records', records, (text) => parseComponents(names, text)],
  ['the names of components', names, (text) => parseComponents(text, records)],
  ['a result', result, (text) => parseResult('op-refused', linesOf(text, 'lines'))],
  ['the outcome of an operation', framed('result', result), (text) => parseOutcome(text, operation, mark)],
  ['the answer of a confirmation', framed('confirmed', ''), (text) => parseConfirmed(text, mark)],
  ['the answer of a mended record', framed('mended', '3 7\n'), (text) => parseMended(text, mark)],
  ['kept targets', kept, (text) => parseRecalled(text, 'web', mark)],
  ['a line of the watch', '{"UNIT":"web.service","JOB_TYPE":"stop"}', watch],
]

/** Throws where the reader throws anything but its own error, says too much or what a terminal obeys, or takes too long. */
function check(read: (text: string) => unknown, text: string): void {
  let error: unknown
  let facts: unknown
  const tookMs = cpuMs(() => {
    try {
      facts = read(text)
    } catch (thrown) {
      error = thrown
    }
  })
  expect(tookMs).toBeLessThan(1_000)
  expect(oddNumbers(facts)).toEqual([])
  if (error === undefined) return
  if (!(error instanceof AnswerError)) throw new Error('not its own error', { cause: error })
  expect(error.message.length).toBeLessThan(1_500)
  expect(error.message.replaceAll('\n', ' ').replaceAll('\t', ' ')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
}

/** A number that is none would go on through every comparison, and be written as null. */
function oddNumbers(facts: unknown): unknown[] {
  if (typeof facts === 'number') return Number.isFinite(facts) && facts >= 0 ? [] : [facts]
  return typeof facts === 'object' && facts !== null ? Object.values(facts).flatMap(oddNumbers) : []
}

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

describe.each(readers)('the reader of %s', (_, real, read) => {
  it('reads a real one', () => {
    expect(() => read(real)).not.toThrow()
  })

  it('takes any bytes', () => {
    fc.assert(fc.property(noise, (text) => check(read, text)))
  })

  it('takes each of the seeds, as it is and spoilt', () => {
    const seeds = corpus('answers')
    for (const [, text] of seeds) check(read, text)
    const seed = fc.constantFrom(...seeds.map(([, text]) => text)).chain((text) => spoilt(text))
    fc.assert(fc.property(seed, (text) => check(read, text)))
  })

  it('takes a real one that was spoilt', () => {
    const words = [`\n${mark} end\n`, `\n${mark} begin\n`, `\n${mark}/ op-done ended\n`, `${mark} `]
    fc.assert(
      fc.property(spoilt(real, words), (text) => check(read, text)),
      { numRuns: 400 },
    )
  })

  it.each(longLines)('takes ten megabytes of %s, alone and within a real one', (_, line) => {
    check(read, line)
    check(read, `${line}\n`)
    for (const where of [0.1, 0.5, 0.9]) {
      const at = real.indexOf('\n', where * real.length) + 1
      check(read, `${real.slice(0, at)}${line}\n${real.slice(at)}`)
    }
  })
})

it('a spoilt record costs its own component alone, whatever was done to it', () => {
  const whole = observe(answer).components
  const heading = '==> /var/lib/homeostat/components/node-exporter/record <==\n'
  const from = answer.indexOf(heading) + heading.length
  const to = answer.indexOf('\n==> ', from)
  fc.assert(
    fc.property(spoilt(answer.slice(from, to)), (record) => {
      fc.pre(!record.includes('==> ') && !record.includes(mark))
      const { components } = observe(answer.slice(0, from) + record + answer.slice(to))
      expect(components.broken).toEqual(whole.broken)
      expect(components.slow).toEqual(whole.slow)
    }),
    { numRuns: 400 },
  )
})
