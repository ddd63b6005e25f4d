// One reading of a real directory: what is taken, what is refused, and that nothing unreadable is ever taken for removed.
import { execFile } from 'node:child_process'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { directorySource } from '../../../src/source/directory.ts'
import { readSettled } from '../../../src/source/settled-reading.ts'
import { type DesiredDirectory, desiredDirectory } from './desired-directory.ts'

const run = promisify(execFile)

async function snapshotOf(directory: DesiredDirectory) {
  const { files, problems } = await directorySource(directory.root).current()
  return { files: Object.keys(files), problems: problems.map(({ file, message }) => `${file}: ${message}`) }
}

describe('reading a directory', () => {
  it('gives all files, in folders too, and the same revision for the same texts', async () => {
    await using one = await desiredDirectory()
    await using other = await desiredDirectory()
    for (const { write } of [one, other]) await write('files/motd.txt', 'Hällo\n')
    const first = await directorySource(one.root).current()
    expect(first).toMatchObject({ files: { 'a.yaml': 'a: 1\n', 'files/motd.txt': 'Hällo\n' }, problems: [] })
    expect((await directorySource(other.root).current()).revision).toBe(first.revision)
    await other.write('a.yaml', 'a: 2\n')
    expect((await directorySource(other.root).current()).revision).not.toBe(first.revision)
  })

  it('leaves out what is hidden or temporary', async () => {
    await using directory = await desiredDirectory()
    for (const name of ['.hidden.yaml', '.git/config.yaml', 'b.yaml~', '#c.yaml#', '.d.yaml.swp', 'e.yaml.swp', '4913'])
      await directory.write(name, 'x: 1')
    expect(await snapshotOf(directory)).toEqual({ files: ['a.yaml'], problems: [] })
  })

  it('follows links to its own files only', async () => {
    await using directory = await desiredDirectory()
    const link = (target: string, name: string) => symlink(target, join(directory.root, name))
    await writeFile(join(directory.around, 'outside.yaml'), 'x: 1')
    await directory.write('..data/b.yaml', 'b: 1')
    await link('..data/b.yaml', 'b.yaml')
    await link('../outside.yaml', 'c.yaml')
    await link('/etc/passwd', 'd.yaml')
    await link('nowhere', 'e.yaml')
    await link('.', 'loop')
    await link('f.yaml', 'f.yaml')
    const { files, problems } = await snapshotOf(directory)
    expect(files).toEqual(['a.yaml', 'b.yaml'])
    expect(problems).toEqual([
      'c.yaml: this symbolic link leads out of the directory; it is not followed',
      'd.yaml: this symbolic link leads out of the directory; it is not followed',
      expect.stringMatching(/^e.yaml: this symbolic link leads nowhere: ENOENT/),
      expect.stringMatching(/^f.yaml: this symbolic link leads nowhere: ELOOP/),
      expect.stringMatching(/^loop: this symbolic link leads (out of the directory|to a folder)/),
    ])
  })

  it('opens nothing but files', async () => {
    await using directory = await desiredDirectory()
    await run('mkfifo', [join(directory.root, 'pipe.yaml')])
    const server = createServer().listen(join(directory.root, 'socket.yaml'))
    await new Promise((resolve) => server.once('listening', resolve))
    const { files, problems } = await snapshotOf(directory)
    await new Promise((resolve) => server.close(resolve))
    expect(files).toEqual(['a.yaml'])
    expect(problems).toEqual([
      'pipe.yaml: this is neither a file nor a directory',
      expect.stringMatching(/^socket.yaml: the file cannot be read: ENXIO/),
    ])
  })

  it('refuses YAML that is too large or no text, and leaves such content beside it out', async () => {
    await using directory = await desiredDirectory()
    await directory.write('b.yaml', 'x'.repeat(1024 * 1024 + 1))
    await directory.write('b.iso', 'x'.repeat(1024 * 1024 + 1))
    for (const name of ['c.yaml', 'c.png']) await writeFile(join(directory.root, name), Buffer.from([0x61, 0xff, 0xfe]))
    expect(await snapshotOf(directory)).toEqual({
      files: ['a.yaml'],
      problems: [
        'b.yaml: the file is larger than 1048576 bytes, expected no more',
        'c.yaml: the file is not UTF-8 text',
      ],
    })
  })

  it('refuses names that hide what they are', async () => {
    await using directory = await desiredDirectory()
    await directory.write('b\u202elmay.yaml', 'x: 1')
    await directory.write('sub/c\n.yaml', 'x: 1')
    expect(await snapshotOf(directory)).toEqual({
      files: ['a.yaml'],
      problems: [
        expect.stringMatching(/^\.: a name here has invisible characters/),
        'sub: a name here has invisible characters: "c\\n.yaml"',
      ],
    })
  })

  it('refuses more than there can be', async () => {
    await using directory = await desiredDirectory()
    for (let at = 0; at < 17; at++) await directory.write(`files/${at}`, 'x'.repeat(1024 * 1024))
    const source = directorySource(directory.root)
    const { files, problems } = await source.current()
    expect(files).toEqual({})
    expect(problems).toMatchObject([{ file: '.', message: expect.stringContaining('larger than 16777216 bytes') }])
  })

  it('refuses folders without end', async () => {
    await using directory = await desiredDirectory()
    await directory.write(`${'d/'.repeat(17)}x.yaml`, 'x: 1')
    expect((await snapshotOf(directory)).problems).toEqual([
      expect.stringContaining('folders inside one another are read 16 levels deep only'),
    ])
  })
})

describe('waiting for a writer', () => {
  const before = { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' }
  const patience = { quietMs: 0, lossMs: 300, maxWaitMs: 5_000 }

  it.each([
    ['is gone', undefined],
    ['is empty', ''],
    ['ends in the middle of a line', 'b: 1\nc:'],
  ])('takes longer where a file that was there %s', async (_, text) => {
    await using directory = await desiredDirectory()
    if (text !== undefined) await directory.write('b.yaml', text)
    const startedAtMs = Date.now()
    const { files } = await readSettled(directory.root, patience, before)
    expect(Date.now() - startedAtMs).toBeGreaterThan(100)
    expect(files.get('b.yaml')).toBe(text)
  })

  it('takes no longer for what is new or says more', async () => {
    await using directory = await desiredDirectory()
    await directory.write('b.yaml', 'b: 1\nc: 2\n')
    await directory.write('c.yaml', 'no end of line')
    const patient = { ...patience, lossMs: 3_600_000, maxWaitMs: 3_600_000 }
    expect((await readSettled(directory.root, patient, before)).files.size).toBe(3)
  })
})

describe('what cannot be read', () => {
  it('is never missing: the directory', async () => {
    await using directory = await desiredDirectory()
    const source = directorySource(directory.root)
    const before = await source.current()
    await rm(directory.root, { recursive: true })
    expect(await source.current()).toMatchObject({
      files: before.files,
      revision: before.revision,
      problems: [{ file: '.' }],
    })
    await mkdir(directory.root)
    expect(await source.current()).toMatchObject({
      files: before.files,
      revision: before.revision,
      problems: [{ file: '.', message: expect.stringContaining('is empty') }],
    })
    await writeFile(join(directory.root, 'b.yaml'), 'b: 1')
    expect(await source.current()).toMatchObject({ files: { 'b.yaml': 'b: 1' }, problems: [] })
  })

  it('is never missing: a file that turned into something else', async () => {
    await using directory = await desiredDirectory()
    await directory.write('sub/b.yaml', 'b: 1\n')
    const source = directorySource(directory.root)
    const before = await source.current()
    await rm(join(directory.root, 'sub/b.yaml'))
    await symlink('/etc/hostname', join(directory.root, 'sub/b.yaml'))
    expect(await source.current()).toMatchObject({ files: before.files, problems: [{ file: 'sub/b.yaml' }] })
  })

  it('is said without a rejection, where there never was anything', async () => {
    for (const path of ['/nonexistent/desired-state', '/etc/hostname', '/dev/null/x']) {
      const { files, problems } = await directorySource(path).current()
      expect(files).toEqual({})
      expect(problems).toMatchObject([{ file: '.', line: 0, message: expect.stringContaining(path) }])
    }
  })
})
