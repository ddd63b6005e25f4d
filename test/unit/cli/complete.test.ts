// What `homeostat complete` offers for a half-written command line.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stateDir } from '../../support/cli.ts'
import { NOW_MS, statusOf } from '../../support/statuses.ts'

const yaml = `apiVersion: homeostat/v1
kind: Host
metadata: { name: one }
spec: { address: 192.0.2.1, platform: debian }
---
apiVersion: homeostat/v1
kind: Component
metadata: { name: web }
spec: { type: node-exporter, hosts: [one], enabled: false }
`

async function complete(...words: string[]): Promise<string[]> {
  await using dir = await stateDir()
  const host = { machineId: '', bootId: '', fence: 0, reachable: true, message: '', sinceMs: NOW_MS }
  await dir.write({
    statuses: [statusOf('node-exporter@dns'), statusOf('prometheus@monitoring')],
    hosts: [
      { ...host, name: 'dns' },
      { ...host, name: 'monitoring' },
    ],
  })
  const { out } = await dir.run(['complete', '--', ...words])
  return out.split('\n').filter((line) => line !== '')
}

describe('complete', () => {
  it.each<[string[], string[]]>([
    [['g'], ['get']],
    [['ver'], ['version']],
    [
      ['get', ''],
      ['components', 'hosts', 'events', 'help'],
    ],
    [
      ['get', 'component', 'prom'],
      ['prometheus', 'prometheus@monitoring'],
    ],
    [
      ['get', 'components', 'prometheus', 'n'],
      ['node-exporter', 'node-exporter@dns'],
    ],
    [['describe', 'prometheus@'], ['prometheus@monitoring']],
    [
      ['get', 'hosts', ''],
      ['dns', 'monitoring'],
    ],
    [['get', 'events', '--host', 'm'], ['monitoring']],
    [
      ['snapshot', '-o', ''],
      ['table', 'wide', 'json', 'yaml', 'name', 'mermaid'],
    ],
    [
      ['snapshot', '-o', 'mermaid', 'node'],
      ['node-exporter', 'node-exporter@dns'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['get', 'components', '--n'], ['--no-color']],
    [['describe', 'nothing-like-it'], []],
    [['nonsense', ''], []],
  ])('after %j offers %j', async (words, expected) => {
    expect(await complete(...words)).toEqual(expected)
  })

  it('offers every verb that the help lists, and no hidden one', async () => {
    const verbs = await complete('')
    expect(verbs).toContain('describe')
    expect(verbs).not.toContain('complete')
  })

  it('offers what is written where it is the YAML that is changed, deployed or not', async () => {
    await using dir = await stateDir()
    expect(await dir.run(['complete', '--', 'enable', ''])).toEqual({ out: '', err: '', exitCode: 0 })
    await mkdir(join(dir.path, 'desired-state'))
    await writeFile(join(dir.path, 'desired-state/all.yaml'), yaml)
    expect((await dir.run(['complete', '--', 'enable', ''])).out).toBe('web\nweb@one\n')
  })

  it('offers nothing, and says nothing, without a store', async () => {
    await using dir = await stateDir()
    expect(await dir.run(['complete', '--', 'describe', ''])).toEqual({ out: '', err: '', exitCode: 0 })
  })
})
