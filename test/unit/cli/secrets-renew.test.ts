// From the secrets that came with Homeostat to one's own: `homeostat secrets renew`, and who warns of the former.
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { identityToRecipient } from 'age-encryption'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PUBLISHED_IDENTITY, withPublishedIdentity } from '../../../src/lab/published-identity.ts'
import { PUBLISHED_RECIPIENT } from '../../../src/secrets/published-key.ts'
import { createSecretReader } from '../../../src/secrets/secret-reader.ts'
import { type StateDir, stateDir } from '../../support/cli.ts'
import { identityOf } from '../../support/sops.ts'

const shipped = resolve(import.meta.dirname, '../../../desired-state')
const names = ['grafana_admin_password', 'grafana_db_password', 'grafana_oidc_client_secret'].map(
  (name) => `monitoring/${name}`,
)
const WARNING = 'known to everybody'
let home: StateDir
let desired: string

beforeEach(async () => {
  home = await stateDir()
  desired = join(home.path, 'desired-state')
  await cp(shipped, desired, { recursive: true })
})
afterEach(() => home[Symbol.asyncDispose]())

async function valuesWith(env: Record<string, string>): Promise<Record<string, string | undefined>> {
  const text = await readFile(join(desired, 'secrets.sops.yaml'), 'utf8')
  const options = { env, digestKey: Buffer.alloc(32), onValue: () => undefined, minCharacters: 1 }
  const { entries } = await createSecretReader(options).read({ 'secrets.sops.yaml': text })
  return Object.fromEntries(entries.map(({ name, value }) => [name, value?.reveal()]))
}

const asTheLab = () => valuesWith(withPublishedIdentity({}) as Record<string, string>)

test('the identity of the lab belongs to the published key, and opens what is shipped', async () => {
  expect(await identityToRecipient(PUBLISHED_IDENTITY)).toBe(PUBLISHED_RECIPIENT)
  expect(Object.keys(await asTheLab())).toEqual(names)
  expect(Object.values(await asTheLab()).every((value) => value?.startsWith('lab-only-'))).toBe(true)
})

test('renew makes a key, a rule and new values, and nobody is warned any more', async () => {
  const env = { HOME: home.path }
  const before = await home.run(['validate', desired], { env })
  expect(before).toMatchObject({ exitCode: 0 })
  expect(before.err).toContain(WARNING)
  expect(before.err).toContain('homeostat secrets renew')

  const published = await home.run(['secrets', 'check', '-o', 'json'], { env: withPublishedIdentity(env) })
  expect(JSON.parse(published.out).secrets.map(({ state }: { state: string }) => state)).toEqual(
    names.map(() => 'published'),
  )

  const keyFile = join(home.path, '.config/sops/age/keys.txt')
  const { err } = await home.run(['secrets', 'renew'], { env })
  expect(err).toContain(`a key of your own was made: ${keyFile}`)
  expect(err).toContain(`desired-state/secrets.sops.yaml has new values: ${names.join(', ')}`)
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600)

  const values = await valuesWith(env)
  expect(Object.keys(values)).toEqual(names)
  expect(new Set(Object.values(values)).size).toBe(names.length)
  for (const value of Object.values(values)) expect(value).toMatch(/^[0-9a-f]{48}$/)
  expect(Object.values(await asTheLab())).toEqual(names.map(() => undefined))

  const checked = await home.run(['secrets', 'check'], { env })
  expect(checked.exitCode).toBe(0)
  expect(checked.err).not.toContain(WARNING)
  expect((await home.run(['secrets', 'renew'], { env })).err).toContain('nothing was changed')
})

test('renew takes the key and the rule that are there', async () => {
  const { recipient, key } = identityOf('identity')
  await writeFile(join(home.path, '.sops.yaml'), `creation_rules: [{ age: ${recipient} }]`)
  const env = { SOPS_AGE_KEY: key }
  const { err } = await home.run(['secrets', 'renew'], { env })
  expect(err).not.toContain('was made')
  expect(Object.values(await valuesWith(env)).every((value) => value?.length === 48)).toBe(true)
  await expect(stat(join(desired, '.sops.yaml'))).rejects.toThrow('ENOENT')
})

test('renew does not encrypt for the published key again', async () => {
  await writeFile(join(desired, '.sops.yaml'), `creation_rules: [{ age: ${PUBLISHED_RECIPIENT} }]`)
  const run = home.run(['secrets', 'renew'], { env: { HOME: home.path } })
  await expect(run).rejects.toThrow('expected a key of your own')
  expect(Object.values(await asTheLab()).every((value) => value?.startsWith('lab-only-'))).toBe(true)
})

test('without an identity, check says what these secrets are and what to do', async () => {
  const { out, err, exitCode } = await home.run(['secrets', 'check'])
  expect(exitCode).toBe(1)
  expect(out).toContain('homeostat secrets renew')
  expect(err).toContain(WARNING)
  await rm(join(desired, 'secrets.sops.yaml'))
  expect((await home.run(['secrets', 'check'])).err).not.toContain(WARNING)
})
