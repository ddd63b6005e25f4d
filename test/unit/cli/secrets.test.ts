// `homeostat secrets` as a person runs it: a process of its own, in a directory of its own.
import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { identityOf, realSops, runRealSops, type SopsHome, sopsHome } from '../../support/sops.ts'

const launcher = resolve(import.meta.dirname, '../../../bin/homeostat.js')
const byUs = '/usr/bin:/bin'
const ways: [string, string][] = [
  ['by us', byUs],
  ...(realSops === undefined ? [] : [['by the program sops', `${dirname(realSops)}:${byUs}`] as [string, string]]),
]

const component = (content: string, more = '') => `apiVersion: homeostat/v1
kind: Host
metadata: { name: web }
spec: { address: 10.0.0.1 }
---
apiVersion: homeostat/v1
kind: Component
metadata: { name: app }
spec:
  type: custom
  ${more}
  hosts: [web]
  options:
    files: [{ path: /etc/app, content: '${content}' }]
`
const ref = (name: string) => `\${secret:${name}}`

/** A desired state with one component, and recipients for new files. */
async function place(yaml = component(ref('app/password'))): Promise<SopsHome> {
  const home = await sopsHome()
  await mkdir(join(home.path, 'desired-state'))
  const config = `creation_rules: [{ path_regex: '\\.sops\\.', age: ${identityOf('identity').recipient} }]`
  await writeFile(join(home.path, '.sops.yaml'), config)
  await writeFile(join(home.path, 'desired-state/app.yaml'), yaml)
  return home
}

interface Ran {
  code: number | null
  out: string
  err: string
}

function start(home: SopsHome, words: string[], env: Record<string, string> = {}) {
  const argv = [launcher, 'secrets', ...words]
  return spawn(process.execPath, argv, { cwd: home.path, env: { PATH: byUs, SOPS_AGE_KEY_FILE: home.keyFile, ...env } })
}

async function run(home: SopsHome, words: string[], { input = '', ...env }: Record<string, string> = {}): Promise<Ran> {
  const child = start(home, words, env)
  child.stdin.end(input)
  const code = new Promise<number | null>((done) => child.on('exit', done))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, out, err }
}

async function secretsIn(
  home: SopsHome,
): Promise<{ name: string; file: string; usedBy: string[]; problem?: string }[]> {
  return JSON.parse((await run(home, ['check', '-o', 'json'])).out).secrets
}

/** An editor: a script that gets the file as its argument. */
async function editor(home: SopsHome, script: string): Promise<string> {
  const path = join(home.path, 'editor.sh')
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

describe.each(ways)('secrets %s', (_, PATH) => {
  test('set makes the file, and check tells who uses what', async () => {
    await using home = await place()
    const set = await run(home, ['set', 'app/password'], { PATH, input: 'correct horse battery\n' })
    expect(set).toEqual({
      code: 0,
      out: '',
      err: 'app/password is set in desired-state/secrets.sops.yaml, a new file\n',
    })
    expect((await run(home, ['set', 'db/key'], { PATH, input: 'two\nlines\n' })).err).toBe(
      'db/key is set in desired-state/secrets.sops.yaml\n',
    )
    const check = await run(home, ['check'], { PATH })
    expect(check.out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['SECRET', 'FILE', 'USED BY', 'STATE', 'MESSAGE'],
      ['app/password', 'secrets.sops.yaml', 'app', 'good'],
      ['db/key', 'secrets.sops.yaml', '-', 'unused'],
      [''],
    ])
    expect([check.code, check.err]).toEqual([0, ''])
    const file = await readFile(join(home.path, 'desired-state/secrets.sops.yaml'), 'utf8')
    expect(file).not.toMatch(/horse|lines/)
    if (realSops === undefined) return
    const read = await runRealSops(['decrypt', '--output-type', 'json', 'desired-state/secrets.sops.yaml'], {
      ...home,
      cwd: home.path,
    })
    expect(JSON.parse(read)).toEqual({ app: { password: 'correct horse battery' }, db: { key: 'two\nlines\n' } })
  })

  test('the identity may be named from where the command is started', async () => {
    await using home = await place()
    const named = ['--age-key', relative(home.path, home.keyFile)]
    for (const name of ['app/password', 'db/key'])
      expect(await run(home, ['set', name, ...named], { PATH, input: 'correct horse' })).toMatchObject({ code: 0 })
  })

  test('edit opens the plain text where nobody else can, and leaves nothing behind', async () => {
    await using home = await place()
    await run(home, ['set', 'app/password'], { PATH, input: 'correct horse battery' })
    const script = 'cp "$1" "$OUT"; stat -c "%a %n" "$1" "$(dirname "$1")" > "$OUT.modes"; sed -i s/horse/cow/ "$1"'
    const OUT = join(home.path, 'seen')
    expect(await run(home, ['edit'], { PATH, OUT, EDITOR: await editor(home, script) })).toMatchObject({ code: 0 })
    expect(await readFile(OUT, 'utf8')).toContain('password: correct horse battery')
    const [file, directory] = (await readFile(`${OUT}.modes`, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    expect([file?.[0], directory?.[0]]).toEqual(['600', '700'])
    await expect(stat(directory?.[1] ?? '')).rejects.toThrow('ENOENT')
    const OUT2 = join(home.path, 'seen2')
    await run(home, ['edit'], { PATH, OUT: OUT2, EDITOR: await editor(home, 'cp "$1" "$OUT"') })
    expect(await readFile(OUT2, 'utf8')).toContain('password: correct cow battery')
  })
})

describe('set', () => {
  test('changes the file that has the secret; where it is not known which, it has to be said', async () => {
    await using home = await place()
    await run(home, ['set', 'a/b', '--file', 'one.sops.yaml'], { input: 'in the first' })
    await run(home, ['set', 'c/d', '--file', 'two.sops.json'], { input: 'in the second' })
    expect((await run(home, ['set', 'c/d'], { input: 'in the second, later' })).err).toMatch(
      /set in desired-state\/two\.sops\.json\n/,
    )
    expect(await run(home, ['set', 'e/f'], { input: 'somewhere' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('--file: one.sops.yaml, two.sops.json'),
    })
    expect((await secretsIn(home)).map(({ name, file }) => [name, file])).toEqual([
      ['a/b', 'one.sops.yaml'],
      ['app/password', ''],
      ['c/d', 'two.sops.json'],
    ])
  })

  test.each([
    [['set', 'a b'], 'long enough', 'expected keys of letters'],
    [['set', 'a/b'], 'short', 'a secret needs 6 characters'],
    [['set', 'a/b', '--file', 'x.yaml'], 'long enough', 'expected a name such as secrets.sops.yaml'],
    [['set', 'a/b', '--age-key', '/nonexistent'], '', 'a secret needs 6'],
  ])('refuses %j with %j', async (words, input, message) => {
    await using home = await place()
    expect(await run(home, words, { input })).toMatchObject({ code: 2, err: expect.stringContaining(message) })
  })

  test('shows nothing of what is typed', async () => {
    await using home = await place()
    const log = join(home.path, 'terminal')
    // A terminal of its own (util-linux), which would echo.
    const command = `${process.execPath} ${launcher} secrets set app/password`
    const env = { PATH: byUs, SOPS_AGE_KEY_FILE: home.keyFile, SHELL: '/bin/sh' }
    const child = spawn('script', ['-qec', command, log], { cwd: home.path, env })
    child.stdout.once('data', () => child.stdin.write('correct horsf\u007fe battery\r'))
    expect(await new Promise((done) => child.on('exit', done))).toBe(0)
    expect(await readFile(log, 'utf8')).toMatch(/app\/password: \r?\n/)
    expect(await readFile(log, 'utf8')).not.toMatch(/correct|hors/)
    const OUT = join(home.path, 'seen')
    await run(home, ['edit'], { OUT, EDITOR: await editor(home, 'cp "$1" "$OUT"') })
    expect(await readFile(OUT, 'utf8')).toContain('correct horse battery')
  })
})

describe('edit', () => {
  test.each([
    ['what cannot be read', 'echo "a: [" > "$1"', 'nothing was changed'],
    ['an editor that fails', 'exit 3', 'ended with exit code 3; nothing was changed'],
    ['the metadata', 'echo "sops: x" > "$1"', 'is for the metadata'],
  ])('refuses %s and leaves the file as it was', async (_, script, message) => {
    await using home = await place()
    await run(home, ['set', 'app/password'], { input: 'correct horse battery' })
    const path = join(home.path, 'desired-state/secrets.sops.yaml')
    const before = await readFile(path, 'utf8')
    expect(await run(home, ['edit'], { EDITOR: await editor(home, script) })).toMatchObject({
      code: 2,
      err: expect.stringContaining(message),
    })
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  test('removes the plain text when it is ended', async () => {
    await using home = await place()
    await run(home, ['set', 'app/password'], { input: 'correct horse battery' })
    const OUT = join(home.path, 'where')
    const child = start(home, ['edit'], { OUT, EDITOR: await editor(home, 'echo "$1" > "$OUT"; exec sleep 30') })
    const ended = new Promise<number | null>((done) => child.on('exit', done))
    const plain = async () => (await readFile(OUT, 'utf8').catch(() => '')).trim()
    for (let tries = 0; (await plain()) === '' && tries < 200; tries++) await sleep(50)
    expect(await readFile(await plain(), 'utf8')).toContain('correct horse')
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    await expect(stat(dirname(await plain()))).rejects.toThrow('ENOENT')
  })
})

describe('check', () => {
  test('names what is missing and what cannot be decrypted, with exit code 1', async () => {
    await using home = await place(component(`${ref('app/password')} ${ref('gone')}`, 'enabled: false'))
    await run(home, ['set', 'app/password'], { input: 'correct horse battery' })
    const missing = await run(home, ['check', '-o', 'json'])
    expect(missing.code).toBe(1)
    expect(JSON.parse(missing.out)).toMatchObject({
      kind: 'SecretsCheck',
      secrets: [
        { name: 'app/password', usedBy: ['app'] },
        { name: 'gone', usedBy: ['app'], problem: expect.stringContaining('there is no secret gone') },
      ],
    })
    const stranger = await run(home, ['check'], { SOPS_AGE_KEY_FILE: '', SOPS_AGE_KEY: identityOf('stranger').key })
    expect(stranger).toMatchObject({
      code: 1,
      err: expect.stringMatching(/secrets\.sops\.yaml {2}no secret of this file can be used: it is encrypted for age1/),
    })
  })
})
