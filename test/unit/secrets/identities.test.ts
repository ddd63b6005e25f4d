// Whose identity is used, and that one which others can read is not.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findIdentities } from '../../../src/secrets/age-identity.ts'
import { identityOf, sopsHome } from '../../support/sops.ts'

const home = await sopsHome()
afterAll(() => home[Symbol.asyncDispose]())
const ours = identityOf('identity').key
const other = identityOf('stranger').key

async function keyFile(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(home.path, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  await chmod(path, mode)
  return path
}

describe('identities', () => {
  test('come from all places that the program sops looks at', async () => {
    await keyFile('.config/sops/age/keys.txt', `# mine\n${ours}\n`)
    const named = await keyFile('named.txt', `${other}\n`)
    const env = { HOME: home.path, SOPS_AGE_KEY: 'AGE-SECRET-KEY-1ABC', SOPS_AGE_KEY_FILE: named }
    const { keys, from } = await findIdentities({ env })
    expect(keys).toEqual(['AGE-SECRET-KEY-1ABC', other, ours])
    expect(from).toBe(`SOPS_AGE_KEY, ${named}, ${home.path}/.config/sops/age/keys.txt`)
    expect((await findIdentities({ env: { XDG_CONFIG_HOME: `${home.path}/.config` } })).keys).toEqual([ours])
  })

  test('come from the one that was asked for, and from nowhere else', async () => {
    const env = { HOME: home.path, SOPS_AGE_KEY: other }
    expect(await findIdentities({ ageKeyFile: home.keyFile, env })).toEqual({ keys: [ours], from: home.keyFile })
  })

  test('may be none', async () => {
    expect((await findIdentities({ env: { HOME: '/nonexistent' } })).keys).toEqual([])
    expect((await findIdentities({ env: {} })).keys).toEqual([])
    expect(
      (await findIdentities({ ageKeyFile: await keyFile('empty', 'AGE-PLUGIN-YUBIKEY-1\n'), env: {} })).keys,
    ).toEqual([])
  })

  test.each([
    ['its group', 0o640],
    ['everybody', 0o644],
    ['everybody who may write', 0o622],
  ])('that %s can get at are refused with the way out', async (_, mode) => {
    const path = await keyFile('open.txt', ours, mode)
    const refused = findIdentities({ ageKeyFile: path, env: {} })
    await expect(refused).rejects.toMatchObject({
      kind: 'identity',
      message: expect.stringContaining(`run: chmod 600 ${path}`),
    })
    await expect(findIdentities({ env: { SOPS_AGE_KEY_FILE: path } })).rejects.toThrow('can be read by others (mode 06')
  })

  test('that are not there are a problem where somebody named them', async () => {
    await expect(findIdentities({ ageKeyFile: '/nonexistent/key', env: {} })).rejects.toThrow(
      '/nonexistent/key cannot be read (ENOENT)',
    )
    await expect(findIdentities({ env: { SOPS_AGE_KEY_FILE: home.path } })).rejects.toThrow(/cannot be read|by others/)
  })
})
