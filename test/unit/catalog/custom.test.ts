// Components in YAML alone: what each option renders, and what is refused.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { RenderError } from '../../../src/catalog/define-type.ts'
import type { UnitResource } from '../../../src/model/resource.ts'
import { renderGiven } from '../../support/catalog-given.ts'

function render(options: unknown, files: Record<string, string> = {}) {
  const components = { own: { type: 'custom', hosts: ['box'], options } }
  return renderGiven({ component: 'own', host: 'box', hosts: { box: '10.0.0.1' }, components, files })
}

describe('a custom component', () => {
  test('takes content from a file beside the YAML, byte for byte', () => {
    const text = 'a\r\n\tb  \n\n'
    const { resources } = render({ files: [{ path: '/etc/a', contentFrom: 'a/b.txt' }] }, { 'a/b.txt': text })
    expect(resources).toMatchObject([{ kind: 'file', path: '/etc/a', content: text }])
  })

  test('says of its resources what cannot be taken back, and of no others', () => {
    const why = 'its first start migrates the database'
    const { resources } = render({ packages: ['gitea', 'other'], irreversible: { 'package:gitea': why } })
    expect(resources).toMatchObject([{ name: 'gitea', irreversible: why }, { name: 'other' }])
    expect(resources[1]).not.toHaveProperty('irreversible')
    expect(() => render({ packages: ['other'], irreversible: { 'package:gitea': why } })).toThrow(
      'package:gitea is no resource of this component',
    )
  })

  test.each([
    [{ files: [{ path: '/etc/a', contentFrom: 'gone' }] }, 'spec.options.files.0.contentFrom'],
    [
      { units: [{ name: 'a.service' }, { name: 'b.service', contentFrom: 'gone' }] },
      'spec.options.units.1.contentFrom',
    ],
    [
      { units: [{ name: 'a.service' }], dropIns: [{ unit: 'a.service', contentFrom: 'gone' }] },
      'spec.options.dropIns.0.contentFrom',
    ],
  ])('says where it names a file that is not there: %j', (options, path) => {
    expect(() => render(options)).toThrow(
      expect.objectContaining({
        name: RenderError.name,
        path,
        message: expect.stringContaining('there is no file gone'),
      }),
    )
  })

  test('keeps a file with a secret from others, unless somebody says who may read it', () => {
    const content = `password=\${secret:db/password}`
    const modeOf = (entry: object) =>
      render({ files: [{ path: '/etc/a', ...entry }] }).resources.map((it) => 'mode' in it && it.mode)
    expect(modeOf({ content })).toEqual([0o600])
    expect(modeOf({ content, mode: '0640' })).toEqual([0o640])
    expect(modeOf({ content: 'password=' })).toEqual([0o644])
  })

  test('restarts a unit for its own definition and reloads it for what it reads again', () => {
    const { resources } = render({
      files: [{ path: '/etc/a', content: '', onChange: { reload: ['a.service'], restart: ['b.service'] } }],
      units: [{ name: 'a.service', content: '' }, { name: 'b.service' }],
      dropIns: [{ unit: 'b.service', content: '' }],
    })
    const units = resources.filter((it): it is UnitResource => it.kind === 'unit')
    expect(units.map(({ restartOn, reloadOn }) => ({ restartOn, reloadOn }))).toEqual([
      { restartOn: ['file:/etc/systemd/system/a.service'], reloadOn: ['file:/etc/a'] },
      { restartOn: ['file:/etc/systemd/system/b.service.d/homeostat.conf', 'file:/etc/a'], reloadOn: [] },
    ])
  })

  test('is never healthy without its running units, even when it names no probe', () => {
    const { probes } = render({ units: [{ name: 'a.service' }, { name: 'b.service', running: false }] })
    expect(probes).toMatchObject([{ kind: 'systemd', unit: 'a.service' }])
  })

  test('gives a file to the group of its owner', () => {
    const { resources } = render({ files: [{ path: '/srv/a', content: '', owner: 'app', mode: '0600' }] })
    expect(resources).toMatchObject([{ owner: 'app', group: 'app', mode: 0o600 }])
  })
})

test('the component in the documentation is one', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/custom.md'), 'utf8')
  const { spec } = parse(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '')
  expect(render(spec.options).resources.map(({ kind }) => kind)).toEqual([
    ...['package', 'directory', 'file', 'file', 'file', 'unit'],
  ])
})
