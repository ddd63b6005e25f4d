// `homeostat enable` and `disable` on real files and real Git repositories.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { type StateDir, stateDir } from '../../support/cli.ts'

const run = promisify(execFile)
const component = (name: string, more = '') =>
  `---\napiVersion: homeostat/v1\nkind: Component\nmetadata: { name: ${name} } # ${name}\nspec:\n  type: custom\n  hosts: all\n${more}  options: { files: [{ path: /etc/${name}, content: x }] }\n`
const hosts = 'apiVersion: homeostat/v1\nkind: Host\nmetadata: { name: one }\nspec: { address: 192.0.2.1 }\n'

interface Place extends AsyncDisposable {
  dir: StateDir
  desired: string
  git(...words: string[]): Promise<string>
  all(): Promise<string>
}

/** A desired state with `db` and `web`, which needs it, in one file; committed where it is a repository. */
async function place({ isRepository = false } = {}): Promise<Place> {
  const dir = await stateDir()
  const desired = join(dir.path, 'desired-state')
  await mkdir(desired)
  await writeFile(join(desired, 'hosts.yaml'), hosts)
  await writeFile(join(desired, 'all.yaml'), component('db') + component('web', '  dependsOn: [db]\n'))
  const git = async (...words: string[]) => (await run('git', ['-C', desired, ...words])).stdout.trim()
  if (isRepository) {
    await git('init', '-q')
    await git('config', 'user.name', 'Test')
    await git('config', 'user.email', 'test@example.org')
    await git('add', '.')
    await git('commit', '-qm', 'first')
  }
  const all = () => readFile(join(desired, 'all.yaml'), 'utf8')
  return { dir, desired, git, all, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() }
}

it('writes one line, says what follows from it, and does nothing the second time', async () => {
  await using it = await place()
  const before = await it.all()
  await chmod(join(it.desired, 'all.yaml'), 0o600)
  const done = await it.dir.run(['disable', 'db'])
  expect(done).toMatchObject({ out: 'db is disabled in desired-state/all.yaml\n', exitCode: 0 })
  expect(done.err).toBe(
    'needed by web: it stays on its hosts until nothing needs it any more; until it is enabled again, they get nothing new\n',
  )
  expect(await it.all()).toBe(before.replace('  type: custom\n', '  type: custom\n  enabled: false\n'))
  expect((await stat(join(it.desired, 'all.yaml'))).mode & 0o777).toBe(0o600)
  expect(await readdir(it.desired)).toEqual(['all.yaml', 'hosts.yaml'])
  const { mtimeMs } = await stat(join(it.desired, 'all.yaml'))
  expect(await it.dir.run(['disable', 'db'])).toMatchObject({
    ...{ out: 'db is disabled already, in desired-state/all.yaml\n', err: '', exitCode: 0 },
  })
  expect((await stat(join(it.desired, 'all.yaml'))).mtimeMs).toBe(mtimeMs)
})

it('says what is still missing of what it needs', async () => {
  await using it = await place()
  await it.dir.run(['disable', 'db'])
  expect((await it.dir.run(['disable', 'web'])).err).toBe('it is removed from one, with all that it owns there\n')
  expect((await it.dir.run(['enable', 'web'])).err).toBe(
    'it needs db, which is disabled: it waits until that is enabled and healthy\n',
  )
  expect((await it.dir.run(['enable', 'db'])).err).toBe('')
})

it('writes through a link into the file that it leads to', async () => {
  await using it = await place()
  await mkdir(join(it.desired, 'files'))
  await run('mv', [join(it.desired, 'all.yaml'), join(it.desired, 'files/real')])
  await symlink('files/real', join(it.desired, 'all.yaml'))
  await it.dir.run(['disable', 'web'])
  expect(await readFile(join(it.desired, 'files/real'), 'utf8')).toContain('enabled: false')
  expect(await run('readlink', [join(it.desired, 'all.yaml')])).toMatchObject({ stdout: 'files/real\n' })
})

it.each([
  ['a name that is none', 'wbe', '', /no component "wbe"; did you mean web\?/],
  [
    'a file with problems',
    'web',
    component('bad', '  typo: 1\n'),
    /no component "web". It may be in what cannot be read: all.yaml:\d+/,
  ],
])('refuses %s', async (_, name, more, says) => {
  await using it = await place()
  const text = (await it.all()) + more
  await writeFile(join(it.desired, 'all.yaml'), text)
  await expect(it.dir.run(['disable', name])).rejects.toThrow(says)
  expect(await it.all()).toBe(text)
})

it('--commit commits that file alone, and leaves what else is changed or staged', async () => {
  await using it = await place({ isRepository: true })
  await writeFile(join(it.desired, 'staged.yaml'), '# staged\n')
  await it.git('add', 'staged.yaml')
  await writeFile(join(it.desired, 'hosts.yaml'), `${hosts}# changed\n`)
  const { out } = await it.dir.run(['disable', 'web', '--commit'])
  expect(out).toBe(
    `web is disabled in desired-state/all.yaml, commit ${await it.git('rev-parse', '--short', 'HEAD')}\n`,
  )
  expect(await it.git('show', '--format=%s', '--name-only')).toBe('disable web\n\nall.yaml')
  expect(await it.git('status', '--porcelain')).toBe('M hosts.yaml\nA  staged.yaml')
  expect(await it.dir.run(['disable', 'web', '--commit'])).toMatchObject({ err: '', exitCode: 0 })
})

it('--commit does nothing where it would commit more, or cannot commit', async () => {
  await using it = await place({ isRepository: true })
  const refused = async (says: RegExp) => {
    const before = await it.all()
    await expect(it.dir.run(['disable', 'web', '--commit'])).rejects.toThrow(says)
    expect(await it.all()).toBe(before)
  }
  const first = await it.all()
  await writeFile(join(it.desired, 'all.yaml'), `${first}# mine\n`)
  await refused(/all.yaml has changes that are not committed: commit them first/)
  await it.git('add', '.')
  await writeFile(join(it.desired, 'all.yaml'), first)
  await refused(/all.yaml has changes that are not committed/)
  await it.git('reset', '-q', '--hard')
  await writeFile(join(it.desired, '.git/MERGE_HEAD'), await it.git('rev-parse', 'HEAD'))
  await refused(/a merge under way/)
  await it.git('merge', '--quit')
  await writeFile(join(it.desired, '.git/hooks/pre-commit'), '#!/bin/sh\necho not today >&2\nexit 1\n', { mode: 0o755 })
  await refused(/not today\nNothing is committed; the file is as it was/)
  await it.git('rm', '-q', '--cached', 'all.yaml')
  await refused(/all.yaml is not tracked by Git/)
})

it('--commit says that there is no repository, and that what was written before is not committed', async () => {
  await using plain = await place()
  await expect(plain.dir.run(['disable', 'web', '--commit'])).rejects.toThrow(/is in no Git working tree: .*not a git/)
  await using it = await place({ isRepository: true })
  await it.dir.run(['disable', 'web'])
  expect(await it.dir.run(['disable', 'web', '--commit'])).toMatchObject({
    ...{ err: expect.stringContaining('not committed; they are left for you to commit'), exitCode: 1 },
  })
})
