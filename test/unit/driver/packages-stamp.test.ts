// When what dpkg and apt said still holds.
import { expect, test } from 'vitest'
import { packagesStamp, parseSaidOfFiles } from '../../../src/driver/systemd/parse-files.ts'

const NOW = 1_796_000_000

type Facts = Record<string, string>

/** `kind inode changed`, seconds before now. */
const facts: Facts = {
  '/proc/self/./stat': 'f 1 0',
  '/var/lib/dpkg/./status': 'f 2 60',
  '/var/lib/dpkg/./updates': 'd 3 60',
  '/var/lib/apt/./lists': 'd 4 60',
  '/etc/apt/./sources.list': 'f 5 60',
  '/etc/apt/sources.list.d/./grafana.list': 'f 6 60',
}

function stampOf(said: Facts): string | undefined {
  const records = Object.entries(said).map(([path, text]) => {
    const [kind, inode, ago] = text.split(' ')
    return `${kind} 644 root root 10 ${NOW - Number(ago)}.0000000000 ${inode} ${path}\0`
  })
  return packagesStamp(parseSaidOfFiles(records.join('')))
}

test('as long as nothing of theirs was written it is the same, whatever else was', () => {
  expect(stampOf(facts)).toMatch(/^[0-9a-f]{64}$/)
  expect(stampOf({ ...facts, '/etc/web.conf': 'f 7 0' })).toBe(stampOf(facts))
})

test.each(Object.keys(facts).slice(1))('%s written, replaced or gone: they are asked again', (path) => {
  const { [path]: own = '', ...others } = facts
  const [kind] = own.split(' ')
  expect(stampOf({ ...facts, [path]: `${kind} 9 60` })).not.toBe(stampOf(facts))
  expect(stampOf({ ...facts, [path]: own.replace(/60$/, '30') })).not.toBe(stampOf(facts))
  expect(stampOf(others)).not.toBe(stampOf(facts))
})

test.each(Object.keys(facts).slice(1))('%s written just now: a later write could look the same', (path) => {
  expect(stampOf({ ...facts, [path]: (facts[path] ?? '').replace(/60$/, '1') })).toBeUndefined()
})

test('where dpkg keeps nothing there is nothing to go by', () => {
  expect(stampOf({ ...facts, '/var/lib/dpkg/./status': 'd 2 60' })).toBeUndefined()
})
