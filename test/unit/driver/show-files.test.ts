// What is shown of files on a host: whatever everybody there may read, and nothing else. Run here, by the real script.
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseShown, showFiles } from '../../../src/driver/systemd/show-files.ts'
import { localTransport } from '../../../src/transport/local.ts'

const folder = mkdtempSync(join(tmpdir(), 'show-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string, mode = 0o644): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

test('files that everybody may read are shown byte by byte, whatever they are called', async () => {
  const odd = file("it's $(odd) \\name", 'one\n\ttwo é\n')
  const empty = file('empty', '')
  const secret = file('secret', 'hunter2', 0o640)
  const large = file('large', 'x'.repeat(70_000))
  const link = join(folder, 'link')
  symlinkSync(odd, link)
  const asked = [odd, empty, secret, large, link, join(folder, 'missing'), folder]
  const shown = await showFiles(localTransport('here'), asked)
  expect([...shown]).toEqual([
    [odd, 'one\n\ttwo é\n'],
    [empty, ''],
  ])
})

test('lines of another form are none of ours', () => {
  const text = 'motd: welcome\n0 aGk=\n7 aGk=\n1 not base64!\n1234 aGk=\n'
  expect([...parseShown(text, ['/etc/a', '/etc/b'])]).toEqual([['/etc/a', 'hi']])
})
