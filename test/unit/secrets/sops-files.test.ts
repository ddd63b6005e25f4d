// Files that the program sops wrote are read to the last value, and nothing of a file that was touched without its key.
import { describe, expect, test } from 'vitest'
import { decryptFile } from '../../../src/secrets/decrypt-file.ts'
import { SecretsError } from '../../../src/secrets/secrets-error.ts'
import { parseSopsFile } from '../../../src/secrets/sops-file.ts'
import { SopsFileError } from '../../../src/secrets/sops-file-error.ts'
import { identityOf, sopsFixture } from '../../support/sops.ts'

const ours = { keys: [identityOf('stranger').key, identityOf('identity').key], from: 'here' }

async function valuesOf(text: string): Promise<Record<string, string>> {
  const { values } = await decryptFile(parseSopsFile(text), ours)
  return Object.fromEntries(values.map(({ leaf, text }) => [leaf.path.join('/'), text]))
}

async function refusalOf(text: string, identities = ours): Promise<string> {
  try {
    await decryptFile(parseSopsFile(text), identities)
  } catch (error) {
    if (error instanceof SecretsError) return `${error.kind}: ${error.message}`
    if (error instanceof SopsFileError) return `form: ${error.message}`
    throw error
  }
  throw new Error('it was read')
}

const everyKind = {
  'monitoring/grafana_admin_password': `pä ss"w'ord: #1`,
  'monitoring/port': '5432',
  'monitoring/5432': 'five',
  'monitoring/ratio': '1.5',
  'monitoring/big': '9007199254740993',
  'monitoring/on': 'true',
  'monitoring/empty': '',
  'monitoring/when': '2024-01-02T03:04:05Z',
  'monitoring/multi': 'line one\nline two\n',
  'list/0': 'first',
  'list/1': 'second',
  'list/2/deep': 'third',
  note_unencrypted: 'plain text',
  num_unencrypted: '17',
  flag_unencrypted: 'false',
}
const small = {
  'database/user_plain': 'app',
  'database/password': 'a password of the database',
  'database/hosts/0': 'one',
  'database/hosts/1': 'two',
  token: 'short words of a token',
}

describe('a file of the program sops is read', () => {
  test.each([
    ['every-kind.sops.yaml', everyKind],
    ['every-kind.sops.json', everyKind],
    ['changed-by-sops.sops.yaml', { ...everyKind, 'monitoring/later': 'put in later' }],
    ['encrypted-regex.sops.yaml', small],
    ['encrypted-suffix.sops.yaml', small],
    ['mac-only-encrypted.sops.yaml', small],
  ])('%s', async (name, expected) => {
    expect(await valuesOf(sopsFixture(name))).toEqual(expected)
  })

  test('which values were encrypted is told', () => {
    const of = (name: string) => {
      const leaves = parseSopsFile(sopsFixture(name)).leaves.filter(({ isEncrypted }) => isEncrypted)
      return leaves.map(({ path }) => path.join('/'))
    }
    expect(of('encrypted-regex.sops.yaml')).toEqual(['database/password', 'token'])
    expect(of('encrypted-suffix.sops.yaml')).toEqual(['database/password'])
    expect(of('mac-only-encrypted.sops.yaml')).not.toContain('database/user_plain')
  })
})

describe('a file that was touched without its key is refused', () => {
  const text = sopsFixture('every-kind.sops.yaml')
  const line = (key: string) => new RegExp(`^.*${key}.*\n`, 'm').exec(text)?.[0] ?? ''
  const value = (key: string) => /ENC\[[^\]]*\]/.exec(line(key))?.[0] ?? ''
  const mac = 'its MAC does not match'
  const moved = 'is not what was encrypted there'

  test.each([
    ['a value taken out', text.replace(line('multi'), ''), mac],
    ['a list item taken out', text.replace(/^ {4}- ENC.*\n/m, ''), mac],
    ['two list items swapped', text.replace(/^( {4}- ENC.*\n)( {4}- ENC.*\n)/m, '$2$1'), mac],
    ['two keys swapped', text.replace(line('multi'), '').replace(line('port:'), line('multi') + line('port:')), mac],
    ['a value put in unencrypted where it may be', text.replace('plain text', 'other text'), mac],
    ['a key put in unencrypted where it may be', text.replace('note_', 'more_unencrypted: x\nnote_'), mac],
    ['a key put in with nothing encrypted', text.replace('list:', 'more: ""\nlist:').replace('plain', 'pla'), mac],
    ['the time of the last change', text.replace(/lastmodified: "2/, 'lastmodified: "3'), mac],
    ['the MAC of another file', text.replace(value('mac'), value('port')), mac],
    ['a value put in in plain text', text.replace(value('port'), '9999'), moved],
    ['a value put in in plain text that is text', text.replace(value('grafana'), 'attacker'), moved],
    ['a value of another key', text.replace(value('port'), value('ratio')), moved],
    ['a value cut short', text.replace(value('multi'), value('multi').replace(/data:..../, 'data:')), moved],
    [
      'another type',
      text.replace(value('port'), value('port').replace('type:int', 'type:comment')),
      'of the type comment',
    ],
  ])('%s', async (_, changed, expected) => {
    expect(changed).not.toBe(text)
    expect(await refusalOf(changed)).toContain(expected)
  })

  test('a value that may stand there unencrypted counts, unless the MAC is over encrypted ones alone', async () => {
    const regex = sopsFixture('encrypted-regex.sops.yaml').replace('user_plain: app', 'user_plain: root')
    expect(await refusalOf(regex)).toContain(mac)
    const alone = sopsFixture('mac-only-encrypted.sops.yaml').replace('user_plain: app', 'user_plain: root')
    expect(await valuesOf(alone)).toEqual({ ...small, 'database/user_plain': 'root' })
  })

  test('what is said of it holds no value, no ciphertext and no key', async () => {
    const messages = await Promise.all([
      refusalOf(text.replace(value('grafana'), 'a-password-in-plain-text')),
      refusalOf(text, { ...ours, keys: [identityOf('stranger').key] }),
      refusalOf(`${text}\n  bad: [`),
    ])
    for (const message of messages) expect(message).not.toMatch(/a-password-in-plain-text|AGE-SECRET|ENC\[|BEGIN AGE/)
  })
})

describe('what cannot be read says why', () => {
  const text = sopsFixture('every-kind.sops.yaml')
  test.each([
    ['another recipient', sopsFixture('for-stranger.sops.yaml'), /^recipient: it is encrypted for age1/],
    [
      'no recipient of age',
      text.replace(/ {4}age:\n( {8}.*\n)+/, '    pgp: []\n'),
      /^form: its keys are pgp, which the program sops can use/,
    ],
    ['groups of keys', text.replace('    age:', '    key_groups:'), /^form: its keys are key_groups/],
    ['no sops section', 'a: b\n', /^form: it has no "sops" section: it is not encrypted/],
    ['no MAC', text.replace(/ {4}mac: .*\n/, ''), /^form: its "sops" section lacks mac/],
    [
      'a pattern over comments',
      text.replace('unencrypted_suffix: _unencrypted', 'encrypted_comment_regex: x'),
      /program sops only/,
    ],
    ['two rules', text.replace('unencrypted_suffix', 'encrypted_suffix: x\n    unencrypted_suffix'), /expected one of/],
    ['a number as a key', text.replace('list:', '17:'), /keys that are text/],
    ['a key twice', text.replace('list:', 'monitoring:'), /each once in its map/],
    ['a list', '- a\n', /expected a map of secrets/],
    ['two documents', `${text}---\na: b\n`, /expected one document/],
    ['an alias', 'a: &x 1\nb: *x\n', /anchors are not allowed/],
    ['nothing', '', /expected a map of secrets/],
    ['no YAML', 'a: [', /not valid YAML/],
  ])('%s', async (_, changed, expected) => {
    expect(await refusalOf(changed, { ...ours, keys: [identityOf('identity').key] })).toMatch(expected)
  })

  test('no identity at all', async () => {
    expect(await refusalOf(text, { keys: [], from: 'SOPS_AGE_KEY' })).toBe(
      'identity: there is no age identity (AGE-SECRET-KEY-1…); looked in SOPS_AGE_KEY',
    )
  })
})
