// `homeostat adopt` on real files: what of a difference is written, what is refused and why, and that nothing else changes.
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { PlannedComponent } from '../../../src/cli/composition.ts'
import type { Change } from '../../../src/model/diff.ts'
import { stateDir } from '../../support/cli.ts'

const run = promisify(execFile)
const yaml = `# Everything about the web.
apiVersion: homeostat/v1
kind: Host
metadata: { name: one }
spec: { address: 192.0.2.1 }
---
apiVersion: homeostat/v1
kind: Component
metadata: { name: web }
spec:
  type: custom
  hosts: all
  options:
    packages: [nginx=1.22]
    directories: [{ path: /srv/web, mode: "0755" }]
    files:
      - path: /etc/web.conf   # what it serves
        content: |
          workers = 2
          # two are enough
      - { path: /etc/beside, contentFrom: beside.txt }
      - { path: /etc/key, content: "key = \${secret:web/key}", mode: "0600" }
    units:
      - { name: web.service, content: "[Service]\\nExecStart=/bin/true\\n" }
---
apiVersion: homeostat/v1
kind: Component
metadata: { name: node }
spec: { type: node-exporter, hosts: all }
`

async function place() {
  const dir = await stateDir()
  const desired = join(dir.path, 'desired-state')
  await mkdir(desired)
  await writeFile(join(desired, 'web.yaml'), yaml)
  await writeFile(join(desired, 'beside.txt'), 'one\n')
  const text = (file = 'web.yaml') => readFile(join(desired, file), 'utf8')
  const git = async (...words: string[]) => (await run('git', ['-C', desired, ...words])).stdout.trim()
  return { dir, desired, text, git, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() }
}

const change = (resource: string, ...fields: [field: string, from: string, to: string][]): Change => ({
  resource,
  action: 'update',
  fields: fields.map(([field, from, to]) => ({ field, from, to })),
})
const planOf = (...components: PlannedComponent[]) => ({ plan: { components, issues: [] } })
const web = (changes: Change[], found: Record<string, string> = {}) => planOf({ key: 'web@one', changes, found })

const edits = [
  change(
    'file:/etc/web.conf',
    ['content', 'sha256:a', 'sha256:b'],
    ['mode', '0600', '0644'],
    ['owner', 'games', 'root'],
  ),
  change('file:/etc/beside', ['content', 'sha256:a', 'sha256:b']),
  change('directory:/srv/web', ['mode', '0700', '0755']),
  change('package:nginx', ['version', '1.24', '1.22']),
  change('unit:web.service', ['enabled', 'disabled', 'enabled'], ['active', 'inactive', 'active']),
]
const found = { '/etc/web.conf': 'workers = 4\n', '/etc/beside': 'two\n' }

it('shows what it would write, and writes nothing', async () => {
  await using it = await place()
  const { out, err, exitCode } = await it.dir.run(['adopt', 'web@one'], web(edits, found))
  expect(out).toContain('-          workers = 2\n-          # two are enough\n+          workers = 4\n')
  expect(out).toContain('--- beside.txt\n+++ beside.txt\n@@ -1,1 +1,1 @@\n-one\n+two\n')
  expect([err, exitCode]).toEqual(['nothing is written: --write does it\n', 1])
  expect([await it.text(), await it.text('beside.txt')]).toEqual([yaml, 'one\n'])
})

it('writes that and nothing else', async () => {
  await using it = await place()
  const { out, err, exitCode } = await it.dir.run(['adopt', 'web', '--write'], web(edits, found))
  expect(out).toMatch(/written: desired-state\/beside\.txt\nwritten: desired-state\/web\.yaml\n$/)
  expect([err, exitCode]).toEqual(['', 0])
  expect(await it.text('beside.txt')).toBe('two\n')
  expect(await it.text()).toBe(
    yaml
      .replace('nginx=1.22', '"nginx=1.24"')
      .replace('mode: "0755"', 'mode: "0700"')
      .replace('# what it serves\n', '# what it serves\n        owner: games\n        mode: "0600"\n')
      .replace('workers = 2\n          # two are enough\n', 'workers = 4\n')
      .replace('name: web.service,', 'name: web.service, running: false, enabled: false,'),
  )
})

it('commits all that it wrote at once', async () => {
  await using it = await place()
  await it.git('init', '-q')
  await it.git('config', 'user.name', 'Test')
  await it.git('config', 'user.email', 'test@example.org')
  await it.git('add', '.')
  await it.git('commit', '-qm', 'first')
  expect(await it.dir.run(['adopt', 'web', '--commit'], web(edits, found))).toMatchObject({ exitCode: 0 })
  expect(await it.git('log', '--format=%s')).toBe('adopt web@one\nfirst')
  expect(await it.git('show', '--name-only', '--format=')).toBe('beside.txt\nweb.yaml')
  expect(await it.git('status', '--porcelain')).toBe('')
})

it.each<[what: string, change: Change, found: string | undefined, says: string]>([
  [
    'a secret',
    change('file:/etc/key', ['content', 'something else', 'what is written']),
    'key = x\n',
    'there is a secret in it',
  ],
  ['what not everybody may read', change('file:/etc/web.conf', ['content', 'a', 'b']), undefined, 'may hold a secret'],
  [
    'a reference',
    change('file:/etc/web.conf', ['content', 'a', 'b']),
    '$' + '{secret:web/key}\n',
    'taken for a reference',
  ],
  [
    'a deleted file',
    change('file:/etc/web.conf', ['state', 'absent', 'file']),
    undefined,
    'it is absent there: take it out of the YAML',
  ],
  [
    'a masked unit',
    change('unit:web.service', ['mask', 'masked', 'unmasked']),
    undefined,
    'a masked unit cannot be written',
  ],
  ['a dead process', change('unit:web.service', ['active', 'failed', 'active']), undefined, 'it died by itself'],
  [
    'a removed package',
    change('package:nginx', ['state', 'absent', 'installed']),
    undefined,
    'take it out of the YAML',
  ],
  ['an odd mode', change('file:/etc/web.conf', ['mode', '4755', '0644']), undefined, 'the mode 4755 cannot be written'],
  ['an odd owner', change('file:/etc/web.conf', ['owner', '4711', 'root']), undefined, '4711 is no name'],
  [
    'a unit file',
    change('file:/etc/systemd/system/web.service', ['mode', '0600', '0644']),
    undefined,
    'not written anywhere',
  ],
])('%s is not adopted, and told', async (_, differs, text, says) => {
  await using it = await place()
  const path = differs.resource.slice('file:'.length)
  const live = web([differs], text === undefined ? {} : { [path]: text })
  const { out, err, exitCode } = await it.dir.run(['adopt', 'web', '--write'], live)
  expect([out, exitCode]).toEqual(['', 1])
  expect(err).toMatch(/^web@one: not adopted: /)
  expect(err).toContain(says)
  expect(await it.text()).toBe(yaml)
})

it('says of another type that it follows from its options, and of nothing that nothing differs', async () => {
  await using it = await place()
  const node = planOf({ key: 'node@one', changes: [change('file:/etc/x', ['mode', '0600', '0644'])] })
  expect((await it.dir.run(['adopt', 'node', '--write'], node)).err).toBe(
    'node@one: not adopted: file:/etc/x: it follows from the options of the type node-exporter; change these, or let it be put back\n',
  )
  expect(await it.dir.run(['adopt', 'web'], web([]))).toMatchObject({
    ...{ out: 'web: nothing differs now; what was put back already is in: homeostat describe web\n', exitCode: 0 },
  })
})

it('refuses what it cannot look at, and to choose between hosts', async () => {
  await using it = await place()
  const silent = planOf({ key: 'web@one', problem: 'it does not answer' })
  await expect(it.dir.run(['adopt', 'web'], silent)).rejects.toThrow('web@one cannot be told: it does not answer')
  const mode = change('file:/etc/web.conf', ['mode', '0600', '0644'])
  const both = planOf({ key: 'web@one', changes: [mode] }, { key: 'web@two', changes: [mode] })
  await expect(it.dir.run(['adopt', 'web'], both)).rejects.toThrow('name one: web@one, web@two')
  await expect(it.dir.run(['adopt', 'wbe'], both)).rejects.toThrow('did you mean web')
})
