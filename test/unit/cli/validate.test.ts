// `homeostat validate` and `homeostat schema` on real directories.
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type StateDir, stateDir } from '../../support/cli.ts'
import { sopsFixture, sopsHome } from '../../support/sops.ts'

const shipped = new URL('../../../desired-state', import.meta.url).pathname

const web = 'apiVersion: homeostat/v1\nkind: Host\nmetadata: { name: web }\nspec: { address: 10.0.0.1 }\n'

function component(type: string, rest: string): string {
  return `---\napiVersion: homeostat/v1\nkind: Component\nmetadata: { name: thing }\nspec:\n  type: ${type}\n${rest}`
}

async function withFiles(files: Record<string, string>): Promise<StateDir> {
  const dir = await stateDir()
  await mkdir(join(dir.path, 'desired-state'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir.path, 'desired-state', name), text)
  return dir
}

describe('validate', () => {
  it('finds no problem in the shipped desired state', async () => {
    await using dir = await stateDir()
    expect(await dir.run(['validate', shipped])).toEqual({
      out: 'no problems: 15 components on 5 hosts\n',
      err: expect.stringMatching(
        /only the names were checked\nthe secrets in secrets\.sops\.yaml are known to everybody/,
      ),
      exitCode: 0,
    })
  })

  it('prints every problem on a line of its own, for editors and grep', async () => {
    await using dir = await withFiles({
      'a.yaml': web + component('node-exporter', '  hosts: [wbe]\n  options: { prot: 1 }\n'),
      'b.yaml': 'a: [',
    })
    const { out, err, exitCode } = await dir.run(['validate'])
    expect(out.split('\n')).toEqual([
      'desired-state/a.yaml:11:11  spec.hosts[0]: there is no Host called "wbe" (did you mean web?)',
      'desired-state/a.yaml:12:14  spec.options.prot: there is no field "prot" here (did you mean port?)',
      expect.stringMatching(/^desired-state\/b.yaml:1:5 {2}not valid YAML: /),
      '',
    ])
    expect([err, exitCode]).toEqual(['3 problems in 2 files\n', 1])
  })

  describe('of secrets', () => {
    const password = `\${secret:database/password}`
    const custom = (content: string, mode = '"0600"') =>
      `${web}${component('custom', '  hosts: [web]\n  options:\n    files:\n')}      - path: /etc/a\n        mode: ${mode}\n        content: |\n          user=app\n          password=${content}\n`
    const files = (content: string, mode?: string) => ({
      'a.yaml': custom(content, mode),
      'secrets.sops.yaml': sopsFixture('encrypted-regex.sops.yaml'),
    })
    const identity = async () => {
      const home = await sopsHome()
      return { home, flags: ['--age-key', home.keyFile] }
    }

    it('finds no problem where they can be had, and says so where only their names were checked', async () => {
      await using dir = await withFiles(files(password))
      const { home, flags } = await identity()
      await using _ = home
      const good = 'no problems: 1 component on 1 host\n'
      expect(await dir.run(['validate', ...flags])).toEqual({ out: good, err: '', exitCode: 0 })
      const err = 'no age identity was found: of the secrets only the names were checked\n'
      expect(await dir.run(['validate'])).toEqual({ out: good, err, exitCode: 0 })
    })

    it('says at the very reference what is wrong', async () => {
      const { home, flags } = await identity()
      await using _ = home
      const said = async (content: string, mode?: string) => {
        await using dir = await withFiles(files(content, mode))
        return (await dir.run(['validate', ...flags])).out
      }
      expect(await said(password.replace('word', 'wrod'))).toBe(
        'desired-state/a.yaml:18:20  there is no secret database/passwrod; did you mean database/password?\n',
      )
      expect(await said(password, '"0644"')).toBe(
        'desired-state/a.yaml:18:20  /etc/a has a secret in it and the mode 0644; expected "0640" or less, so that others cannot read it\n',
      )
      expect(await said('ENC[AES256_GCM,data:x]')).toMatch(/a\.yaml:18:20 {2}file:\/etc\/a holds ciphertext/)
    })

    it('says of a file that was touched that nothing of it is used, and who needs it', async () => {
      const { home, flags } = await identity()
      await using _ = home
      const all = files(password)
      await using dir = await withFiles({
        ...all,
        'secrets.sops.yaml': all['secrets.sops.yaml'].replace('user_plain: app', 'user_plain: x'),
      })
      const { out, exitCode } = await dir.run(['validate', ...flags])
      expect(out.split('\n')).toEqual([
        expect.stringMatching(
          /^desired-state\/a\.yaml:18:20 {2}secret database\/password of secrets\.sops\.yaml cannot be had: its MAC/,
        ),
        expect.stringMatching(
          /^desired-state\/secrets\.sops\.yaml {2}no secret of this file can be used: its MAC does not match/,
        ),
        '',
      ])
      expect(exitCode).toBe(1)
    })
  })

  it('points at the place in a terminal', async () => {
    await using dir = await withFiles({
      'a.yaml': web + component('clock', '  hosts: al # \u2013 ünïcode\n'),
    })
    const { out } = await dir.run(['validate'], { columns: 100 })
    expect(out.replace(/one of .*/, 'one of …')).toMatchInlineSnapshot(`
      "desired-state/a.yaml:10:9  spec.type: there is no component type "clock"; expected one of …
         10 │   type: clock
            │         ^
      desired-state/a.yaml:11:10  spec.hosts: expected a list of hosts, { matchLabels: … }, or all (did you mean all?)
         11 │   hosts: al # – ünïcode
            │          ^
      "
    `)
  })

  it('prints a document for programs', async () => {
    await using dir = await withFiles({ 'a.yaml': `${web}x: 1\n` })
    const { out, exitCode } = await dir.run(['validate', '-o', 'json'])
    expect(JSON.parse(out)).toMatchObject({
      kind: 'Validation',
      valid: false,
      components: [],
      hosts: [],
      issues: [{ file: 'a.yaml', line: 5, column: 1, path: 'x', message: expect.stringContaining('no field "x"') }],
    })
    expect(exitCode).toBe(1)
  })

  it('warns of what needs something disabled', async () => {
    const disabled = component('node-exporter', '  hosts: [web]\n  enabled: false\n')
    const needing = component('node-exporter', '  hosts: [web]\n  dependsOn:\n    - { name: thing }\n').replace(
      'thing',
      'other',
    )
    await using dir = await withFiles({ 'a.yaml': web + disabled + needing })
    const { out, exitCode } = await dir.run(['validate'])
    expect(out).toMatch(/^desired-state\/a.yaml:21:7 {2}spec.dependsOn\[0\]: thing is disabled: /)
    expect(exitCode).toBe(1)
  })

  it('finds what only rendering shows, once, at its place', async () => {
    const hosts = `${web}---\n${web.replace('web', 'db')}`
    const custom = '  hosts: all\n  options:\n    files:\n      - { path: /etc/motd, contentFrom: files/motd }\n'
    await using dir = await withFiles({ 'a.yaml': hosts + component('custom', custom) })
    const { out, exitCode } = await dir.run(['validate'])
    expect(out).toBe(
      'desired-state/a.yaml:19:41  spec.options.files[0].contentFrom: there is no file files/motd in the desired-state directory\n',
    )
    expect(exitCode).toBe(1)
  })

  it.each([
    ['is not there', (path: string) => rm(path, { recursive: true }), /does not exist/],
    ['is empty', (path: string) => rm(join(path, 'a.yaml')), /is empty/],
    [
      'is a file',
      (path: string) => rm(path, { recursive: true }).then(() => cp(`${shipped}/hosts.yaml`, path)),
      /ENOTDIR/,
    ],
  ])('fails when the directory %s', async (_, prepare, message) => {
    await using dir = await withFiles({ 'a.yaml': web })
    await prepare(join(dir.path, 'desired-state'))
    await expect(dir.run(['validate'])).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) })
  })
})

describe('schema', () => {
  it('prints a JSON Schema', async () => {
    await using dir = await stateDir()
    const { out } = await dir.run(['schema'])
    expect(JSON.parse(out)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Homeostat desired state',
    })
  })
})
