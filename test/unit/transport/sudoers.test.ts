// The generated sudoers file allows what the transport starts, and nothing besides.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { shellLine, type Work } from '../../../src/transport/framed-command.ts'
import { isAccountName, sudoersFile } from '../../../src/transport/sudoers.ts'

const nonce = { left: '0123456789abcdef', right: 'fedcba9876543210' }
const text = sudoersFile('deploy')
const patterns = [...text.matchAll(/\/usr\/bin\/timeout (\^.*\$)(?:,|$)/gm)].map(
  ([, source = '']) => new RegExp(source, 's'),
)
const allows = (words: string) => patterns.some((pattern) => pattern.test(words))

/** What sudo would compare, out of the line that a login shell is given: the shell is real, and sudo only says what it was told. */
function argumentsOf(work: Work, timeoutMs: number): string {
  const line = shellLine(work, nonce, { sudo: true, timeoutMs })
  const place = mkdtempSync(join(tmpdir(), 'homeostat-sudo-'))
  writeFileSync(join(place, 'sudo'), '#!/bin/sh\nshift 3\nprintf "%s" "$*"\n', { mode: 0o755 })
  try {
    const env = { PATH: `${place}:/usr/bin:/bin` }
    return execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8', env }).replace(`${nonce.left}-${nonce.right}`, '')
  } finally {
    rmSync(place, { recursive: true })
  }
}

it.each<[string, Work, number]>([
  ['a script', { script: 'anything' }, 30_000],
  ['a program', { argv: ['systemctl', 'status'] }, 5],
  ['a program with odd arguments', { argv: ['sh', '-c', 'a $b "c"\nd', ''] }, 86_400_000],
])('allows %s', (_, work, timeoutMs) => {
  expect(patterns).toHaveLength(2)
  expect(allows(argumentsOf(work, timeoutMs))).toBe(true)
})

it.each([
  '5 id',
  '-k 5 1.000 sh -c id',
  '-k 5 1.000 id',
  '-k 5 1.000 sh -c id homeostat 0123456789abcdef fedcba9876543210',
])('refuses timeout %s', (words) => expect(allows(words)).toBe(false))

it('keeps every expression below what sudo takes, and every name what useradd takes', () => {
  // MAX_RE of sudo's parser.
  for (const { source } of patterns) expect(source.length).toBeLessThan(1_024)
  expect(['deploy', '_x', 'a-b_1'].every(isAccountName)).toBe(true)
  expect(['', '-x', 'ALL', 'a b', 'a\nb', '%wheel', '#0', 'a,b', 'x'.repeat(33)].some(isAccountName)).toBe(false)
})
