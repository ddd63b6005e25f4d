// Watching a real directory while it is changed in all the ways that editors, Git and people change directories.
import { execFile } from 'node:child_process'
import { appendFile, cp, mkdir, open, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { desiredDirectory, watched } from './desired-directory.ts'

const run = promisify(execFile)

/** For tests that count: a busy machine may pause between two steps of what is one change. */
const patient = { quietMs: 1_500, maxWaitMs: 60_000 }

describe('watching a directory', () => {
  it('sees a file written in place', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root)
    await directory.write('a.yaml', 'a: 2\n')
    expect(await source.until(({ files }) => files['a.yaml'] === 'a: 2\n')).toMatchObject({ problems: [] })
  })

  it('shows what seems to be coming before it has settled', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root, { quietMs: 4_000, maxWaitMs: 60_000 })
    await directory.write('b.yaml', 'b: 1\n')
    await source.until(({ files }) => files['b.yaml'] === 'b: 1\n')
    const stirred = source.stirred()
    await directory.write('a.yaml', 'a: 2\n')
    expect((await stirred)?.files['a.yaml']).toBe('a: 2\n')
    expect(source.seen.map(({ files }) => files['a.yaml'])).not.toContain('a: 2\n')
  })

  it('sees a file replaced by renaming, again and again', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root)
    for (const text of ['a: 2\n', 'a: 3\n', 'a: 4\n']) {
      await directory.write('.a.yaml.new', text)
      await rename(join(directory.root, '.a.yaml.new'), join(directory.root, 'a.yaml'))
      await source.until(({ files }) => files['a.yaml'] === text)
    }
    expect(source.seen.every(({ files }) => Object.keys(files).join() === 'a.yaml')).toBe(true)
  })

  it('sees one change when an editor moves the old file away, writes a new one and removes the old', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root, patient)
    const file = join(directory.root, 'a.yaml')
    await writeFile(join(directory.root, '4913'), '')
    await unlink(join(directory.root, '4913'))
    await writeFile(join(directory.root, '.a.yaml.swp'), 'binary')
    await rename(file, `${file}~`)
    await writeFile(file, 'a: 2\n')
    await unlink(`${file}~`)
    await source.until(({ files }) => files['a.yaml'] === 'a: 2\n')
    expect(source.seen.map(({ files }) => files)).toEqual([{ 'a.yaml': 'a: 2\n' }])
  })

  it('waits for a file that is being written, and sees the rest when the writer takes long', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root, patient)
    const handle = await open(join(directory.root, 'a.yaml'), 'w')
    await handle.write('a: 2\n')
    await handle.write('b: 3\n')
    await source.until(({ files }) => files['a.yaml'] === 'a: 2\nb: 3\n')
    expect(source.seen).toHaveLength(1)
    await handle.write('c: 4\n')
    await handle.close()
    await source.until(({ files }) => files['a.yaml'] === 'a: 2\nb: 3\nc: 4\n')
  })

  it('does not wait for ever for somebody who never stops writing', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root, { quietMs: 50, maxWaitMs: 200 })
    let isOver = false
    const writer = (async () => {
      while (!isOver) await appendFile(join(directory.root, 'a.yaml'), '# more\n')
    })()
    await source.until(({ files }) => files['a.yaml']?.includes('# more') === true)
    isOver = true
    await writer
  })

  it('sees files in folders that come and go', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root)
    await directory.write('hosts/deep/b.yaml', 'b: 1\n')
    await source.until(({ files }) => files['hosts/deep/b.yaml'] === 'b: 1\n')
    await directory.write('hosts/deep/b.yaml', 'b: 2\n')
    await source.until(({ files }) => files['hosts/deep/b.yaml'] === 'b: 2\n')
    await rm(join(directory.root, 'hosts'), { recursive: true })
    await source.until(({ files }) => Object.keys(files).join() === 'a.yaml')
  })

  it('keeps everything while the directory is gone, and goes on when it is there again', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root)
    await rm(directory.root, { recursive: true })
    const gone = await source.until(({ problems }) => problems.length > 0)
    expect(gone.files).toEqual({ 'a.yaml': 'a: 1\n' })
    expect(gone.problems).toMatchObject([{ file: '.', message: expect.stringContaining('does not exist') }])
    await directory.write('b.yaml', 'b: 1\n')
    await source.until(({ files }) => Object.keys(files).join() === 'b.yaml')
    await directory.write('b.yaml', 'b: 2\n')
    await source.until(({ files, problems }) => files['b.yaml'] === 'b: 2\n' && problems.length === 0)
  })

  it('sees a checkout from one commit to another as one change', async () => {
    await using directory = await desiredDirectory()
    const { root } = directory
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false']
    const git = (...words: string[]) => run('git', [...identity, ...words], { cwd: root, env })
    for (let at = 0; at < 20; at++) await directory.write(`old/${at}.yaml`, `old: ${at}\n`)
    await git('init', '-q', '-b', 'trunk')
    await git('add', '.')
    await git('commit', '-qm', 'one')
    await git('rm', '-rq', 'old')
    for (let at = 0; at < 20; at++) await directory.write(`new/${at}.yaml`, `new: ${at}\n`)
    await directory.write('a.yaml', 'a: 2\n')
    await git('add', '.')
    await git('commit', '-qm', 'two')
    await using source = await watched(root, patient)
    await git('checkout', '-q', 'HEAD~1')
    const old = await source.until(({ files }) => files['a.yaml'] === 'a: 1\n')
    expect(Object.keys(old.files)).toHaveLength(21)
    await git('checkout', '-q', 'trunk')
    const back = await source.until(({ files }) => files['a.yaml'] === 'a: 2\n')
    expect(Object.keys(back.files).filter((path) => path.startsWith('new/'))).toHaveLength(20)
    expect(source.seen).toHaveLength(2)
  })

  it('says nothing of a file that was touched, nor of hidden and temporary ones', async () => {
    await using directory = await desiredDirectory()
    await using source = await watched(directory.root, patient)
    await directory.write('a.yaml', 'a: 1\n')
    for (const name of ['.git/index', '#a.yaml#', 'a.yaml~', 'a.yaml.tmp']) await directory.write(name, 'x')
    await directory.write('z.yaml', 'z: 1\n')
    await source.until(({ files }) => files['z.yaml'] === 'z: 1\n')
    expect(source.seen).toHaveLength(1)
  })
})

describe('the poll', () => {
  it('finds that the directory, a symbolic link, leads somewhere else, and watches there', async () => {
    await using directory = await desiredDirectory()
    const link = join(directory.around, 'current')
    const next = join(directory.around, 'next')
    await cp(directory.root, next, { recursive: true })
    await writeFile(join(next, 'a.yaml'), 'a: 2\n')
    await symlink(directory.root, link)
    await using source = await watched(link, { pollMs: 100 })
    await symlink(next, `${link}.new`)
    await rename(`${link}.new`, link)
    await source.until(({ files }) => files['a.yaml'] === 'a: 2\n')
    await writeFile(join(next, 'a.yaml'), 'a: 3\n')
    await source.until(({ files }) => files['a.yaml'] === 'a: 3\n')
  })

  it('finds a directory that was not there when watching began', async () => {
    await using directory = await desiredDirectory()
    const later = join(directory.around, 'much', 'later')
    await using source = await watched(later, { pollMs: 100 })
    await mkdir(later, { recursive: true })
    await writeFile(join(later, 'b.yaml'), 'b: 1\n')
    await source.until(({ files, problems }) => files['b.yaml'] === 'b: 1\n' && problems.length === 0)
  })
})
