// Data becomes text that reads back as the same data, whatever a secret in it turns out to be.
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { yamlText } from '../../../src/catalog/config-text.ts'
import { encodeSecret, replaceSecrets } from '../../../src/model/secret-reference.ts'

const ref = (inner: string) => `\${secret:${inner}}`

test.each([`"; rm -rf`, `a: b # c`, 'no', '17', `it's\n---\n- [`, '*x', ' ', 'ünï\u2028 \\'])(
  'a secret such as %j stays a string',
  (value) => {
    const data = {
      password: ref('db/password'),
      list: [`user:${ref('db/password')}@host`, { url: ref('db/password|url') }],
      n: 1,
      no: 'no',
    }
    const text = replaceSecrets(yamlText(data), ({ encoding }) => encodeSecret(value, encoding))
    expect(parse(text, { version: '1.1' })).toEqual({
      ...{ password: value, n: 1, no: 'no' },
      list: [`user:${value}@host`, { url: encodeURIComponent(value).replace(/'/g, '%27').replace('*', '%2A') }],
    })
  },
)
