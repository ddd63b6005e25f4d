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

  test.each(['>>>???~~~', '>>>???~~', '>>>???~'])('whole, in either base64: %s', (value) => {
    const bytes = Buffer.from(value)
    const [standard, forUrls] = [bytes.toString('base64'), bytes.toString('base64url')]
    expect(standard).toMatch(/[+].*[/]/)
    expect(scrubbing(value)(`${standard}, ${forUrls}, ${forUrls}=`)).toBe('***, ***, ***=')
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

describe('what is known of a secret', () => {
  test('is known once, however often it is told', () => {
    const redactor = createRedactor()
    expect([redactor.register('hunter22'), redactor.register('hunter22')]).toEqual([true, true])
    expect(redactor.scrub('a hunter22')).toBe('a ***')
  })

  test('is used from when it is told on, beside what was told before', () => {
    const redactor = createRedactor()
    redactor.register('hunter22')
    expect(redactor.scrub('hunter22 swordfish')).toBe('*** swordfish')
    redactor.register('swordfish')
    expect(redactor.scrub('hunter22 swordfish')).toBe('*** ***')
  })

  test.each([
    ['first-line\r\nsecond-line', 'x first-line x', 'x *** x'],
    ['first-line\r\nsecond-line', 'x second-line x', 'x *** x'],
    ['first-line\nno\nlast-line', 'x no x', 'x no x'],
    ['first-line\n       \nlast-line', 'x        x', 'x        x'],
    ['  correct   horse\n\tbattery ', 'x correct horse battery x', 'x *** x'],
    ['  correct   horse\n\tbattery ', 'x  correct   horse\n\tbattery x', 'x***x'],
    ['a/b c\u0001d', 'x a%2Fb%20c%01d x', 'x *** x'],
    ['a/b c\u0001d', 'x a%2fb+c%01d x', 'x *** x'],
    ['a/b c\u0001d', 'x a/b+c\u0001d x', 'x *** x'],
    ['a/b c\u0001d', 'x a+b+c%01d x', 'x a+b+c%01d x'],
    ['a.b*c+d', 'x a.b*c+d, aXbbbc+d x', 'x ***, aXbbbc+d x'],
    ['a.b*c+d', 'x a%2Eb%2Ac%2Bd x', 'x *** x'],
  ])('%j: of %j is left %j', (secret, text, left) => {
    expect(scrubbing(secret)(text)).toBe(left)
  })
})

describe('a text that was cut', () => {
  const excerpt = (...secrets: string[]) => {
    const redactor = createRedactor()
    for (const secret of secrets) redactor.register(secret)
    return redactor.scrubExcerpt
  }
  const phrase = 'correct horse battery staple'

  test.each([
    ['not at all', 'x correct horse x', 'x correct horse x'],
    ['without a secret', 'one…two', 'one…two'],
    ['behind the beginning of one', 'x correct horse…y', 'x ***…y'],
    ['before the end of one', 'x…battery staple y', 'x…*** y'],
    ['on both sides of one', 'x…horse battery…y', 'x…***…y'],
    ['on both sides, but too short to tell', 'x…horse…y', 'x…horse…y'],
    ['in the middle of one', 'x correct horse…ttery staple y', 'x ***…*** y'],
    ['where six characters of it are left', 'x correc…staple y', 'x ***…*** y'],
    ['where five characters of it are left', 'x corre…taple y', 'x corre…taple y'],
    ['elsewhere than beside one', 'correct horse x…y battery staple', 'correct horse x…y battery staple'],
    [
      'elsewhere, with the wrong end of one outside',
      'battery staple x…y correct horse',
      'battery staple x…y correct horse',
    ],
    ['on one side of what is in the middle of one', 'horse battery…x', 'horse battery…x'],
    ['on the other side of it', 'x…horse battery', 'x…horse battery'],
    ['on both sides of six characters', 'x…batter…y', 'x…***…y'],
    ['beside one that is whole', `${phrase}…${phrase}`, '***…***'],
    ['at its beginning', '…battery staple', '…***'],
    ['at its end', 'correct horse…', '***…'],
  ])('%s: %j', (_, text, left) => {
    expect(excerpt(phrase)(text)).toBe(left)
  })

  test('shows as little as the longest secret allows', () => {
    const scrub = excerpt('horse battery', 'correct horse battery', 'battery staple gun', 'ry staple gun')
    expect(scrub('x correct horse batt…y')).toBe('x ***…y')
    expect(scrub('x…attery staple gun y')).toBe('x…*** y')
  })

  test('shows nothing of a secret that has another one in it', () => {
    expect(excerpt('postgres://grafana:hunter22', 'hunter22')('x…://grafana:hunter22 y')).toBe('x…*** y')
    expect(excerpt('battery staple gun', 'gun-and-more')('x…attery staple gun-and-more y')).toBe('x…*** y')
  })

  test('shows nothing where what is left of two secrets overlaps', () => {
    expect(excerpt('12abcdefgh', 'cdefghij34')('x…abcdefghij…y')).toBe('x…***…y')
    expect(excerpt('12abcdef', 'ghijkl34')('x…abcdefghijkl…y')).toBe('x…***…y')
    expect(excerpt('12abcdef', 'ghijkl34')('x…abcdef-ghijkl…y')).toBe('x…***-***…y')
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
  const before = process.cpuUsage()
  expect(scrub(line)).toBe(line)
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(250)
})
