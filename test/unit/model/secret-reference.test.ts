// References to secrets are found as they are written, and nothing that merely looks like one gets by unnoticed.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeSecret,
  holdsCiphertext,
  replaceSecrets,
  type SecretEncoding,
  secretReferences,
  secretToken,
} from '../../../src/model/secret-reference.ts'

const ref = (inner: string) => `\${secret:${inner}}`

describe('a reference', () => {
  test.each([
    [ref('a'), { name: 'a' }],
    [ref('grafana/admin_password'), { name: 'grafana/admin_password' }],
    [ref('a.b/0/c-d|json'), { name: 'a.b/0/c-d', encoding: 'json' }],
    [ref('a|basic:admin'), { name: 'a', encoding: 'basic:admin' }],
    [ref('a@0123456789abcdef|url'), { name: 'a', digest: '0123456789abcdef', encoding: 'url' }],
  ])('%s', (text, expected) => {
    expect(secretReferences(`before ${text} after`)).toEqual([{ text, at: 7, ...expected }])
  })

  test.each(['', '/a', 'a/', 'a//b', 'a b', 'a|xml', 'a|', 'a@0', 'x'.repeat(257), 'a\n'].map(ref))(
    'is not %s',
    (text) => {
      expect(secretReferences(text).map(({ name }) => name)).toEqual([undefined])
    },
  )

  test('that is never closed is told by its first line', () => {
    expect(secretReferences(`x\${secret:a\nb`)).toEqual([{ text: `\${secret:a`, at: 1 }])
  })

  test('of every form is replaced where it stands, and the rest is as it was', () => {
    const plain = fc.string().filter((it) => !it.includes('${secret:') && !it.endsWith('$'))
    const name = fc.stringMatching(/^[a-z0-9_.-]{1,8}(\/[a-z0-9]{1,4})?$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(plain, name)), plain, (parts, end) => {
        const text = parts.map(([before, it]) => before + ref(it)).join('') + end
        expect(replaceSecrets(text, ({ name }) => `<${name}>`)).toBe(
          parts.map(([before, it]) => `${before}<${it}>`).join('') + end,
        )
        expect(replaceSecrets(text, (it) => secretToken(it, '0123456789abcdef'))).toBe(
          parts.map(([before, it]) => before + ref(`${it}@0123456789abcdef`)).join('') + end,
        )
      }),
    )
  })
})

describe('a value is put in', () => {
  const value = `p"a\\s's&=é+/ %\n`
  test.each<[SecretEncoding | undefined, (text: string) => string]>([
    [undefined, (text) => text],
    ['json', (text) => JSON.parse(`"${text}"`) as string],
    ['url', (text) => new URL(`https://user:${text}@host`).password.replace(/%../g, '') && decodeURIComponent(text)],
    ['base64', (text) => Buffer.from(text, 'base64').toString()],
    [
      'basic:admin',
      (text) =>
        Buffer.from(text, 'base64')
          .toString()
          .replace(/^admin:/, ''),
    ],
  ])('as %s', (encoding, decode) => {
    expect(decode(encodeSecret(value, encoding))).toBe(value)
  })

  test('into a URL without a character that means something there', () => {
    expect(encodeSecret(`!*'();:@&=+$,/?#[]`, 'url')).toMatch(/^(%[0-9A-F]{2})+$/)
  })
})

test.each([
  ['ENC[AES256_GCM,data:x', true],
  ['password: ENC[PKCS7,MII', true],
  ['a pattern: ENC\\[', false],
  ['JENC [', false],
  ['ENC[', false],
])('%s is ciphertext: %s', (text, expected) => {
  expect(holdsCiphertext(text)).toBe(expected)
})
