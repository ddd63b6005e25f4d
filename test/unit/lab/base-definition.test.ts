// What the image is made of, and that its cache key stands for all of it.
import { describe, expect, test } from 'vitest'
import { baseDefinition, baseKey, downloadSources, imageHooks } from '../../../src/lab/base-definition.ts'
import { runCommand } from '../../../src/lab/run-command.ts'

const shipped = baseDefinition('amd64')

describe('the definition of the image', () => {
  test('a release has its updates and its security beside it', () => {
    const signed = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
    expect(downloadSources(shipped)).toBe(`deb ${signed} http://deb.debian.org/debian bookworm main
deb ${signed} http://deb.debian.org/debian bookworm-updates main
deb ${signed} http://deb.debian.org/debian-security bookworm-security main
`)
  })

  test('sid has neither', () => {
    expect(
      downloadSources({ ...shipped, suite: 'sid' })
        .trim()
        .split('\n'),
    ).toHaveLength(1)
  })

  test('suite and mirror come from the environment', () => {
    const env = { HOMEOSTAT_LAB_SUITE: 'trixie', HOMEOSTAT_LAB_MIRROR: 'http://mirror.example/debian' }
    expect(downloadSources(baseDefinition('arm64', env))).toContain(
      'http://mirror.example/debian-security trixie-security main',
    )
  })

  test.each([
    ['suite', { suite: 'trixie' }],
    ['architecture', { architecture: 'arm64' }],
    ['mirror', { mirror: 'http://mirror.example/debian' }],
    ['image packages', { imagePackages: ['apt'] }],
    ['repository packages', { repositoryPackages: ['caddy'] }],
  ])('another %s is another cache entry', (_, change) => {
    expect(baseKey({ ...shipped, ...change })).not.toBe(baseKey(shipped))
  })

  test('the same definition is the same cache entry', () => {
    expect(baseKey(baseDefinition('amd64'))).toBe(baseKey(shipped))
  })

  test.each(imageHooks)('is valid shell: %s', async (hook) => {
    expect((await runCommand(['sh', '-n'], { stdin: hook })).stderr).toBe('')
  })
})
