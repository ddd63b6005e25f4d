// What we write, we read; and so does the program sops, where it is installed.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { creationRule } from '../../../src/secrets/creation-rules.ts'
import { decryptFile } from '../../../src/secrets/decrypt-file.ts'
import { encryptAgain, encryptNew } from '../../../src/secrets/encrypt-file.ts'
import { emptyDocument, plainDocument, putSecret } from '../../../src/secrets/plain-document.ts'
import { parsePlain, parseSopsFile } from '../../../src/secrets/sops-file.ts'
import { identityOf, realSops, runRealSops, sopsFixture, sopsHome } from '../../support/sops.ts'

const home = await sopsHome()
afterAll(() => home[Symbol.asyncDispose]())

const { recipient, key } = identityOf('identity')
const ours = { keys: [key], from: 'here' }
const now = new Date('2026-05-06T07:08:09.123Z')
const rule = (metadata: Record<string, string | boolean> = { unencrypted_suffix: '_unencrypted' }) => ({
  recipients: [recipient, identityOf('stranger').recipient],
  metadata,
})

async function open(text: string) {
  const file = parseSopsFile(text)
  return { file, opened: await decryptFile(file, ours) }
}

async function valuesOf(text: string): Promise<Record<string, string>> {
  const { opened } = await open(text)
  return Object.fromEntries(opened.values.map(({ leaf, text }) => [leaf.path.join('/'), text]))
}

async function setIn(text: string, path: string[], value: string, format: 'yaml' | 'json' = 'yaml'): Promise<string> {
  const { file, opened } = await open(text)
  const plain = plainDocument(file, opened)
  putSecret(plain, path, value)
  return encryptAgain(plain, file, opened, { format, now })
}

const awkward = `"quoted" 'twice': # no comment\n\ttab, ünï €\n`

describe('a secret that is set', () => {
  test.each(['yaml', 'json'] as const)('in a new file (%s)', async (format) => {
    const document = emptyDocument()
    putSecret(document, ['grafana', 'admin_password'], awkward)
    putSecret(document, ['5432', 'x'], '17')
    const text = await encryptNew(document, rule(), { format, now })
    expect(text).not.toContain('quoted')
    expect(await valuesOf(text)).toEqual({ 'grafana/admin_password': awkward, '5432/x': '17' })
  })

  test.each([
    'every-kind.sops.yaml',
    'every-kind.sops.json',
    'encrypted-regex.sops.yaml',
    'mac-only-encrypted.sops.yaml',
  ])('in %s leaves every other ciphertext as it was', async (name) => {
    const before = sopsFixture(name)
    const after = await setIn(before, ['fresh', 'password'], awkward, name.endsWith('json') ? 'json' : 'yaml')
    expect(await valuesOf(after)).toEqual({ ...(await valuesOf(before)), 'fresh/password': awkward })
    const ciphers = (text: string) => [...text.matchAll(/ENC\[[^\]]*type:(?!str|comment)[^\]]*\]/g)].map(([it]) => it)
    expect(ciphers(after)).toEqual(ciphers(before))
    for (const [line] of before.matchAll(/^.*(grafana_admin_password|multi): .*$/gm))
      expect(after).toContain(line.trim())
  })

  test('in the place of another one', async () => {
    const after = await setIn(sopsFixture('every-kind.sops.yaml'), ['monitoring', 'port'], 'sixteen')
    expect(await valuesOf(after)).toMatchObject({ 'monitoring/port': 'sixteen', 'monitoring/ratio': '1.5' })
    expect(after).toContain('#ENC[')
  })

  test.each([
    [['monitoring'], 'monitoring cannot be set: it is a group of secrets'],
    [['monitoring', 'port', 'x'], 'monitoring/port/x cannot be set: monitoring/port is no group of secrets'],
    [['list', '0'], 'list/0 cannot be set: list is no group of secrets'],
  ])('not over what is something else: %j', async (path, message) => {
    await expect(setIn(sopsFixture('every-kind.sops.yaml'), path, 'x')).rejects.toThrow(message)
  })
})

describe('a document that was edited', () => {
  const edit = async (change: (text: string) => string) => {
    const { file, opened } = await open(sopsFixture('every-kind.sops.yaml'))
    const shown = plainDocument(file, opened).toString({ indent: 4, lineWidth: 0 })
    return { shown, text: encryptAgain(parsePlain(change(shown)), file, opened, { format: 'yaml', now }) }
  }

  test('unchanged gives the same values and the same ciphertexts', async () => {
    const { shown, text } = await edit((same) => same)
    expect(shown).toContain('port: 5432')
    expect(shown).toContain('big: 9007199254740993')
    expect(await valuesOf(text)).toEqual(await valuesOf(sopsFixture('every-kind.sops.yaml')))
    const but = (it: string) => it.replace(/^ {4}(mac|lastmodified): .*$/gm, '').replace(/^ {12,}/gm, '')
    expect(but(text)).toBe(but(sopsFixture('every-kind.sops.yaml')))
  })

  test('gives what was written', async () => {
    const { text } = await edit((it) =>
      it.replace('port: 5432', 'port: 5433').replace('1.5', '2.50').replace('- first\n', '- one\n'),
    )
    expect(await valuesOf(text)).toMatchObject({
      'monitoring/port': '5433',
      'monitoring/ratio': '2.5',
      'list/0': 'one',
    })
  })

  test('with a number that has another form elsewhere is refused', async () => {
    await expect(edit((it) => it.replace('port: 5432', 'port: 0x17'))).rejects.toThrow(
      'monitoring/port is neither text',
    )
  })
})

test('whatever is written is read back', async () => {
  const name = fc
    .string({ minLength: 1, maxLength: 8 })
    .filter((it) => it.isWellFormed() && !['sops', '__proto__'].includes(it))
  const text = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .filter((it) => it.isWellFormed() && !/\p{Cc}|\p{Cf}/u.test(it))
  const secrets = fc.uniqueArray(fc.record({ group: name, key: name, value: text }), {
    maxLength: 6,
    selector: (it) => JSON.stringify([it.group, it.key]),
  })
  await fc.assert(
    fc.asyncProperty(secrets, fc.constantFrom('yaml' as const, 'json' as const), async (all, format) => {
      const document = emptyDocument()
      for (const { group, key, value } of all) putSecret(document, [group, key], value)
      const written = await encryptNew(document, rule(), { format, now })
      const { opened } = await open(written)
      const read = opened.values.map(({ leaf, text }) => [leaf.path, text])
      expect(read.map((it) => JSON.stringify(it)).sort()).toEqual(
        all.map(({ group, key, value }) => JSON.stringify([[group, key], value])).sort(),
      )
    }),
    { numRuns: 25 },
  )
})

describe.skipIf(realSops === undefined)('the program sops reads it', () => {
  const read = async (text: string, name: string) => {
    const path = join(home.path, name)
    await writeFile(path, text)
    return JSON.parse(await runRealSops(['decrypt', '--output-type', 'json', path], home)) as Record<string, unknown>
  }

  test.each(['yaml', 'json'] as const)('a new file (%s)', async (format) => {
    const rules = [
      { unencrypted_suffix: '_x' },
      { encrypted_regex: '^pass' },
      { encrypted_suffix: 'd', mac_only_encrypted: true },
    ]
    for (const metadata of rules) {
      const document = parsePlain(
        'a:\n  password: 2026-01-02\n  "5432": five\n  date: "2026-01-02"\n  n: 17\n  f: 1.50\nb_x: yes\n',
      )
      const text = await encryptNew(document, rule(metadata), { format, now })
      const seen = await read(text, `new.sops.${format}`)
      expect(seen).toEqual({
        a: { password: '2026-01-02', 5432: 'five', date: '2026-01-02', n: 17, f: 1.5 },
        b_x: 'yes',
      })
    }
  })

  test.each([
    'every-kind.sops.yaml',
    'every-kind.sops.json',
    'changed-by-sops.sops.yaml',
    'encrypted-suffix.sops.yaml',
    'mac-only-encrypted.sops.yaml',
  ])('%s with a secret more', async (name) => {
    const text = await setIn(sopsFixture(name), ['fresh', 'password'], awkward, name.endsWith('json') ? 'json' : 'yaml')
    expect(await read(text, name)).toMatchObject({ fresh: { password: awkward } })
  })
})

describe('.sops.yaml says for whom', () => {
  const ruleFor = async (config: string, name = 'desired/secrets.sops.yaml') => {
    await writeFile(join(home.path, '.sops.yaml'), config)
    return creationRule(join(home.path, name))
  }

  test('the first rule whose pattern fits', async () => {
    const config =
      'creation_rules:\n  - path_regex: ^other\n    age: age1x\n  - path_regex: ^desired/.*\\.sops\\.yaml$\n    age: "age1a, age1b,"\n    encrypted_regex: ^p\n  - age: age1c\n'
    expect(await ruleFor(config)).toEqual({ recipients: ['age1a', 'age1b'], metadata: { encrypted_regex: '^p' } })
    expect(await ruleFor(config, 'x.sops.json')).toEqual({
      recipients: ['age1c'],
      metadata: { unencrypted_suffix: '_unencrypted' },
    })
    expect((await ruleFor('creation_rules: [{ age: [age1a, age1a] }]')).recipients).toEqual(['age1a'])
  })

  test.each([
    [
      'no rule that fits',
      'creation_rules: [{ path_regex: ^other, age: age1a }]',
      /no creation rule of .* fits desired/,
    ],
    ['other keys', 'creation_rules: [{ age: age1a, pgp: ABC }]', /has pgp, which the program sops is needed for/],
    ['nobody', 'creation_rules: [{ path_regex: sops }]', /names no age recipient/],
    ['no rules', 'stores: {}', /has no creation_rules/],
    ['no YAML', 'creation_rules: [', /not valid YAML/],
    ['no pattern', 'creation_rules: [{ path_regex: "(", age: age1a }]', /no pattern/],
  ])('%s', async (_, config, message) => {
    await expect(ruleFor(config)).rejects.toThrow(message)
  })

  test('what is no recipient is refused when it is written', async () => {
    const wrong = { recipients: ['age1nobody'], metadata: {} }
    await expect(encryptNew(emptyDocument(), wrong, { format: 'yaml', now })).rejects.toThrow(
      'age1nobody is no age recipient',
    )
  })
})
