// The secrets of a directory by name: found, put in, or refused with the reason; never shown by accident.
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { digestKey } from '../../../src/secrets/digest-key.ts'
import { PastValues } from '../../../src/secrets/past-values.ts'
import { Secret } from '../../../src/secrets/secret.ts'
import { createSecretReader } from '../../../src/secrets/secret-reader.ts'
import { type Secrets, secretsOf } from '../../../src/secrets/secrets.ts'
import { identityOf, realSops, sopsFixture, sopsHome } from '../../support/sops.ts'

const home = await sopsHome()
afterAll(() => home[Symbol.asyncDispose]())

const texts = {
  'secrets.sops.yaml': sopsFixture('every-kind.sops.yaml'),
  'team/db.sops.yaml': sopsFixture('encrypted-regex.sops.yaml'),
  'web.yaml': 'kind: Component',
}
const ref = (inner: string) => `\${secret:${inner}}`

interface Options {
  env?: Record<string, string>
  ageKeyFile?: string
  namesSuffice?: boolean
}

function reading({ env = {}, ageKeyFile, namesSuffice = false }: Options = {}) {
  const values: string[] = []
  const reader = createSecretReader({
    ...{
      env,
      namesSuffice,
      digestKey: Buffer.alloc(32, 1),
      minCharacters: 6,
      onValue: (value) => void values.push(value),
    },
    ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
  })
  return { reader, values }
}

describe.each([
  ['by us', {}],
  ...(realSops === undefined
    ? []
    : [['by the program sops', { PATH: `${join(realSops, '..')}:/usr/bin:/bin` }] as [string, Record<string, string>]]),
])('secrets read %s', (_, env) => {
  const from = (key = home.keyFile) => reading({ env, ageKeyFile: key })

  test('are found under the names of their keys', async () => {
    const { reader, values } = from()
    const secrets = await reader.read(texts)
    expect(secrets.issues).toEqual([])
    expect(secrets.find('monitoring/grafana_admin_password')).toEqual({
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    const { digest } = secrets.find('monitoring/grafana_admin_password') as { digest: string }
    expect(secrets.reveal(`${ref(`monitoring/grafana_admin_password@${digest}`)} ${ref('list/1|base64')}`)).toEqual({
      text: `pä ss"w'ord: #1 c2Vjb25k`,
    })
    expect(secrets.reveal(`${ref('monitoring/grafana_admin_password@0000000000000000')}`)).toEqual({
      problem: expect.stringMatching(/^secret monitoring\/grafana_admin_password had another value then/),
      isGone: true,
    })
    expect(secrets.reveal('nothing in it')).toEqual({ text: 'nothing in it' })
    expect(values).toEqual(expect.arrayContaining([`pä ss"w'ord: #1`, 'a password of the database', '5432']))
    expect(secrets.entries.find(({ name }) => name === 'database/password')).toMatchObject({
      file: 'team/db.sops.yaml',
      place: { line: 3, column: 15 },
    })
    expect(reader.current().find('list/1')).toHaveProperty('problem')
    reader.use(secrets)
    expect(reader.current()).toBe(secrets)
  })

  test.each([
    ['nothing', /^there is no secret nothing in secrets\.sops\.yaml, team\/db\.sops\.yaml$/],
    ['monitoring/grafana_admin_pasword', /did you mean monitoring\/grafana_admin_password\?$/],
    ['monitoring', /^there is no secret monitoring/],
    ['note_unencrypted', /^secret note_unencrypted \(secrets\.sops\.yaml:18\) is not encrypted there/],
    ['monitoring/port', /^secret monitoring\/port .* has 4 characters, expected 6 or more/],
    ['monitoring/empty', /has 0 characters/],
  ])('that cannot be used say why: %s', async (name, message) => {
    const secrets = await from().reader.read(texts)
    expect(secrets.find(name)).toEqual({ problem: expect.stringMatching(message) })
    expect(secrets.reveal(`x ${ref(name)}`)).toEqual({ problem: expect.stringMatching(message) })
  })

  test('of a file for others, and of one that was touched, cannot be had; those of other files can', async () => {
    const touched = texts['secrets.sops.yaml'].replace('plain text', 'other text')
    const files = { ...texts, 'secrets.sops.yaml': touched, 'b.sops.yaml': sopsFixture('for-stranger.sops.yaml') }
    const secrets = await from().reader.read({ ...files, 'team/db.sops.yaml': '' })
    expect(secrets.issues.map(({ file, message }) => [file, message])).toEqual([
      ['b.sops.yaml', expect.stringMatching(/^no secret of this file can be used: it is encrypted for /)],
      ['secrets.sops.yaml', expect.stringMatching(/its MAC does not match/)],
      ['team/db.sops.yaml', expect.stringMatching(/expected a map of secrets/)],
    ])
    expect(secrets.find('monitoring/port')).toEqual({
      problem: expect.stringMatching(/^secret monitoring\/port of secrets\.sops\.yaml cannot be had: its MAC/),
    })
    expect(secrets.find('elsewhere/x')).toEqual({
      problem: 'there is no secret elsewhere/x, unless in team/db.sops.yaml, which cannot be read',
    })
    const good = await from().reader.read({ 'a.sops.yaml': touched, 'team/db.sops.yaml': texts['team/db.sops.yaml'] })
    expect(good.find('database/password')).toHaveProperty('digest')
  })
})

describe('a secret that was changed', () => {
  const options = {
    digest: (_: string, value: string) => Buffer.from(value.slice(4)).toString('hex').slice(0, 16),
    minCharacters: 6,
    namesOnly: false,
  }

  test('is what it was then for what was made then, as long as that is known', () => {
    const past = new PastValues()
    const [before, after] = ['the old value', 'the new value'].map((value) => {
      const place = { line: 1, column: 1 }
      const entry = { name: 'a', file: 'f', place, isEncrypted: true, value: new Secret(value) }
      return secretsOf([{ path: 'f', entries: [entry] }], {
        ...options,
        past: (name, digest) => past.get(name, digest),
      })
    }) as [Secrets, Secrets]
    const { digest } = before.find('a') as { digest: string }
    expect(after.reveal(ref(`a@${digest}`))).toMatchObject({ isGone: true })
    past.add('a', digest, 'the old value')
    expect(after.reveal(ref(`a@${digest}`))).toEqual({ text: 'the old value' })
    expect(after.reveal(ref('a'))).toEqual({ text: 'the new value' })
    for (let index = 0; index < 1_000; index++) past.add('b', String(index), 'another')
    expect(after.reveal(ref(`a@${digest}`))).toMatchObject({ isGone: true })
  })
})

describe('a secret', () => {
  test('in two files is in neither', async () => {
    const { reader } = reading({ ageKeyFile: home.keyFile })
    const secrets = await reader.read({
      'a.sops.yaml': texts['secrets.sops.yaml'],
      'b.sops.json': sopsFixture('every-kind.sops.json'),
    })
    expect(secrets.find('monitoring/multi')).toEqual({
      problem: 'secret monitoring/multi stands in a.sops.yaml:13 and in b.sops.json:12; expected one',
    })
  })

  test('has another digest under another name or key, and the same one otherwise', async () => {
    const read = async (key: number) => {
      const options = { env: {}, ageKeyFile: home.keyFile, minCharacters: 5, onValue: () => undefined }
      return createSecretReader({ ...options, digestKey: Buffer.alloc(32, key) }).read(texts)
    }
    const [one, again, other] = [await read(1), await read(1), await read(2)]
    expect(one.find('list/0')).toEqual(again.find('list/0'))
    expect(one.find('list/0')).not.toEqual(other.find('list/0'))
    expect(one.find('list/0')).not.toEqual(one.find('list/2/deep'))
  })

  test('are the same as long as their files are', async () => {
    const { reader } = reading({ ageKeyFile: home.keyFile })
    const first = await reader.read(texts)
    expect(await reader.read({ ...texts, 'web.yaml': 'kind: Window' })).toBe(first)
    const { 'team/db.sops.yaml': _, ...fewer } = texts
    const second = await reader.read(fewer)
    expect(second.entries).not.toEqual(first.entries)
    expect(await reader.read(texts)).not.toBe(second)
  })

  test('says nothing of itself', () => {
    const secret = new Secret('correct horse')
    const said = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret, { showHidden: true, depth: 9 }),
      `${secret}`,
    ]
    for (const text of said) expect(text).not.toContain('horse')
    expect(secret.reveal()).toBe('correct horse')
  })
})

describe('without an identity', () => {
  test('nothing can be had, and it is worth another try', async () => {
    const { reader } = reading()
    const secrets = await reader.read(texts)
    expect(secrets.find('token')).toEqual({
      problem: expect.stringMatching(/token of team\/db\.sops\.yaml cannot be had: there is no age identity/),
    })
    expect(secrets).toMatchObject({ mayRecover: true, isDecrypted: true })
  })

  test('names are enough for who only looks', async () => {
    const secrets = await reading({ namesSuffice: true }).reader.read(texts)
    expect(secrets).toMatchObject({ issues: [], isDecrypted: false })
    expect(secrets.find('token')).toHaveProperty('digest')
    expect(secrets.find('nothing')).toHaveProperty('problem')
    expect(secrets.reveal(ref('token'))).toEqual({ problem: expect.stringContaining('was not decrypted') })
  })

  test('an identity that others can read is as none; made private, it is used at once', async () => {
    const keyFile = join(home.path, 'open.txt')
    await writeFile(keyFile, identityOf('identity').key, { mode: 0o644 })
    const { reader } = reading({ ageKeyFile: keyFile })
    expect((await reader.read(texts)).find('token')).toEqual({
      problem: expect.stringContaining(`chmod 600 ${keyFile}`),
    })
    await chmod(keyFile, 0o600)
    const secrets = await reader.read(texts)
    expect(secrets.find('token')).toHaveProperty('digest')
    expect(secrets.mayRecover).toBe(false)
    await chmod(keyFile, 0o644)
    // What was read once is not read again for the same text.
    expect((await reader.read({ 'team/db.sops.yaml': texts['team/db.sops.yaml'] })).find('token')).toHaveProperty(
      'digest',
    )
  })
})

test('the key of digests stays in its directory, for nobody else to read', async () => {
  const { mkdtemp, stat, rm } = await import('node:fs/promises')
  const directory = await mkdtemp(join(home.path, 'state-'))
  const looked = await digestKey(directory, { create: false })
  const made = await digestKey(directory, { create: true })
  expect(made).not.toEqual(looked)
  expect(await digestKey(directory, { create: true })).toEqual(made)
  expect(await digestKey(directory, { create: false })).toEqual(made)
  expect((await stat(join(directory, 'secret-digest.key'))).mode & 0o777).toBe(0o600)
  await writeFile(join(directory, 'secret-digest.key'), 'damaged')
  expect(await digestKey(directory, { create: true })).toHaveLength(32)
  await rm(directory, { recursive: true })
})
