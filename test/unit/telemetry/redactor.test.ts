// No form of a secret gets through the redactor, and nothing else is lost in it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../../src/telemetry/redactor.ts'

function scrubbing(...secrets: string[]): (text: string) => string {
  const redactor = createRedactor()
  for (const secret of secrets) redactor.register(secret)
  return redactor.scrub
}

const secret = `p/ss+w:rd "q' & ünï%\\`

describe('a secret is masked', () => {
  const forms: Record<string, string> = {
    'as it is': secret,
    'in JSON': JSON.stringify({ password: secret }),
    'in JSON inside JSON': JSON.stringify(JSON.stringify({ password: secret })),
    'in base64': Buffer.from(secret).toString('base64'),
    'in base64 for URLs': Buffer.from(secret).toString('base64url'),
    'in hex': Buffer.from(secret).toString('hex'),
    'in upper-case hex': Buffer.from(secret).toString('hex').toUpperCase(),
    'in a URL': `https://user:${encodeURIComponent(secret)}@host/`,
    'in a URL with lower-case codes': encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    'in the user part of a URL object': Object.assign(new URL('https://host'), { password: secret }).href,
    'in a form': new URLSearchParams({ password: secret }).toString(),
    'quoted for a shell': `'${secret.replaceAll("'", "'\\''")}'`,
  }
  test.each(Object.entries(forms))('%s', (_, text) => {
    const scrubbed = scrubbing(secret)(`before ${text} after`)
    expect(scrubbed).toMatch(/^before .*\*\*\*.* after$/)
    expect(scrubbed).not.toContain('ss+w')
    expect(scrubbed.length).toBeLessThan(`before ${text} after`.length)
  })

  test.each(['', 'u', 'us', 'user:', 'admin:'])('in the base64 of %j and the secret and more', (before) => {
    const password = 'correct horse battery'
    const encoded = Buffer.from(`${before}${password}tail`).toString('base64')
    const scrubbed = scrubbing(password)(`Authorization: Basic ${encoded}`)
    expect(scrubbed).toContain('***')
    const left = Buffer.from(scrubbed.replace('Authorization: Basic ', '').replaceAll('***', ''), 'base64').toString(
      'latin1',
    )
    expect(left).not.toMatch(/orrect|horse|batter/)
  })

  test('everywhere it stands', () => {
    expect(scrubbing('hunter22')('hunter22,hunter22 hunter22')).toBe('***,*** ***')
  })

  test('line by line where it has several lines', () => {
    const key = '-----BEGIN KEY-----\nc2VjcmV0LWJ5dGVz\nbW9yZS1zZWNyZXQ=\n-----END KEY-----\n'
    expect(scrubbing(key)('at line c2VjcmV0LWJ5dGVz: bad')).toBe('at line ***: bad')
  })

  test('as a whole where it contains another one', () => {
    expect(scrubbing('hunter', 'hunter-and-more')('x hunter-and-more x hunter x')).toBe('x *** x *** x')
    expect(scrubbing('a b/c d/e f', 'a b/c d/e f"g')(JSON.stringify('a b/c d/e f"g'))).toBe('"***"')
  })

  test('whatever characters it is made of', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: 'binary' }), fc.string(), fc.string(), (value, before, after) => {
        const scrub = scrubbing(value)
        if (value.trim().length < 6 || value.split(/\r?\n/).length > 1) return
        for (const text of [value, JSON.stringify(value).slice(1, -1)]) {
          expect(scrub(`${before}${text}${after}`)).not.toContain(text)
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('nothing else is touched', () => {
  test('a text without the secret comes back as it is', () => {
    const text = '{"msg":"applied","key":"prometheus@monitoring"}'
    expect(scrubbing('hunter22', secret)(text)).toBe(text)
    expect(scrubbing()(text)).toBe(text)
  })

  test('a value that is too short is refused', () => {
    const redactor = createRedactor()
    expect(redactor.register('12345')).toBe(false)
    expect(redactor.register('123456')).toBe(true)
    expect(redactor.scrub('12345 123456')).toBe('12345 ***')
  })

  test('the mask is not scrubbed again', () => {
    expect(scrubbing('******')('a *** b')).toBe('a *** b')
  })
})

test('two hundred secrets and a line of 8 kB take less than 250 ms', () => {
  const scrub = scrubbing(...Array.from({ length: 200 }, (_, n) => `secret-value-${n * 7919}-with-a-tail`))
  const line = 'GET http://127.0.0.1:9090/-/ready answered 200 '.repeat(170)
  scrub(line)
  const startedAt = performance.now()
  expect(scrub(line)).toBe(line)
  expect(performance.now() - startedAt).toBeLessThan(250)
})
