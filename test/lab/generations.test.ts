// What a host keeps of its generations, and what an operation can take from there: without a repository and without secrets.
import { describe, expect, test } from 'vitest'
import type { Restore } from '../../src/model/operation.ts'
import type { Target } from '../../src/model/target.ts'
import { sha256 } from '../../src/plan/canonical.ts'
import { driver, driverHost, file, target, unit } from '../support/driver-host.ts'
import { hostRepository } from '../support/host-packages.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
const host = driverHost(lab, 't1')

const generation = (component: string, number: number) =>
  `/var/lib/homeostat/components/${component}/generations/${number}`
const config = '/etc/kept/a file.conf'
const unitFile = '/etc/systemd/system/kept.service'
const run = '[Service]\nExecStart=/bin/sleep infinity\n'

function kept(content: string): Target {
  return target('kept', [
    { kind: 'directory', path: '/etc/kept', owner: 'root', group: 'root', mode: 0o750 },
    file(config, content, { mode: 0o600, group: 'daemon' }),
    file(unitFile, run),
    unit('kept.service', { enabled: false, restartOn: [`file:${config}`] }),
  ])
}

/** Goes back to what is wanted as a controller would that knows no content any more. */
async function goBack(wanted: Target, restore: Restore) {
  const blind = wanted.resources.map((it) => (it.kind === 'file' ? { ...it, content: 'not known any more' } : it))
  const operation = await host.operation(wanted, { kind: 'rollback', cause: 'rollback', restore })
  return driver.operate(host.transport, { ...operation, target: { ...wanted, resources: blind } }, {})
}

describe('a generation', () => {
  test('keeps the content of its files, and a manifest that a shell can read', async () => {
    expect(await host.apply(kept('one\n'))).toMatchObject({ outcome: 'succeeded' })
    const manifest = await host.shell(`cat ${generation('kept', 1)}/manifest`)
    expect(manifest.replace(/^time \d{13}$/m, 'time T').split('\n')).toEqual([
      'generation 1',
      `revision ${kept('one\n').revision}`,
      'cause spec',
      'directory 0750 root root /etc/kept',
      `file ${sha256('one\n')} 0600 root daemon ${config}`,
      `file ${sha256(run)} 0644 root root ${unitFile}`,
      'unit kept.service disabled running',
      'time T',
      'end',
      '',
    ])
    expect(await host.shell(`cat ${generation('kept', 1)}/files/${sha256('one\n')}`)).toBe('one\n')
    expect(await host.shell("find /var/lib/homeostat -perm /077 -printf '%p %m\\n'")).toBe('')
  })

  test('shares with others what is the same, and not with what is in use', async () => {
    await host.apply(kept('two\n'))
    const links = (number: number, content: string) =>
      host.shell(`stat -c %h ${generation('kept', number)}/files/${sha256(content)}`)
    expect(await links(2, run)).toBe('2\n')
    expect(await links(2, 'two\n')).toBe('1\n')
    expect(await host.shell(`stat -c %h ${unitFile}`)).toBe('1\n')
  })

  test('heals with the next change what was damaged of it', async () => {
    const copy = `${generation('kept', 2)}/files/${sha256(run)}`
    await host.shell(`echo spoilt > ${copy}`)
    await host.apply(kept('three\n'))
    expect(await host.shell(`cat ${generation('kept', 3)}/files/${sha256(run)}`)).toBe(run)
    expect(await driver.inspect(host.transport, 'kept', kept('two\n').revision, {})).toMatchObject({
      generation: 2,
      files: { [config]: sha256('two\n') },
      damaged: [unitFile],
    })
    expect(await driver.inspect(host.transport, 'kept', kept('three\n').revision, {})).toEqual({
      generation: 3,
      revision: kept('three\n').revision,
      files: { [config]: sha256('three\n'), [unitFile]: sha256(run) },
      damaged: [],
    })
    expect(await driver.inspect(host.transport, 'kept', sha256('never'), {})).toBeUndefined()
  })

  test('is what it was when it is made again', async () => {
    await host.shell(`echo by-hand > '${config}'`)
    const three = kept('three\n')
    expect(await host.apply(three, { generation: 3, cause: 'drift' })).toMatchObject({
      outcome: 'succeeded',
      output: '',
    })
    const found = await driver.inspect(host.transport, 'kept', three.revision, {})
    expect(found).toMatchObject({ generation: 3, damaged: [], files: { [config]: sha256('three\n') } })
    await host.shell(`echo by-hand > '${config}'; echo spoilt > ${generation('kept', 3)}/files/${sha256('three\n')}`)
    expect(await host.apply(three, { generation: 3, cause: 'drift' })).toMatchObject({
      outcome: 'succeeded',
      output: '',
    })
    expect(await driver.inspect(host.transport, 'kept', three.revision, {})).toMatchObject({ damaged: [] })
  })

  test('is gone back to with what the host itself has', async () => {
    const files = { [config]: sha256('one\n'), [unitFile]: sha256(run) }
    expect(await goBack(kept('one\n'), { generation: 1, files })).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell(`cat '${config}'; stat -c '%a %G' '${config}'`)).toBe('one\n600 daemon\n')
    expect(await host.difference(kept('one\n'))).toEqual({ changes: [] })
    expect(await host.shell(`cat ${generation('kept', 4)}/files/${sha256('one\n')}`)).toBe('one\n')
  })

  test('is not gone back to with what was damaged: nothing is changed then', async () => {
    await host.shell(`echo spoilt > ${generation('kept', 3)}/files/${sha256('three\n')}`)
    const files = { [config]: sha256('three\n') }
    const result = await goBack(kept('three\n'), { generation: 3, files })
    expect(result).toMatchObject({ outcome: 'refused', certain: false })
    expect(result.output).toContain('FAILED')
    expect(await host.difference(kept('one\n'))).toEqual({ changes: [] })
  })
})

test('two files of the same content are kept once, in each generation', async () => {
  const twins = (more: string) =>
    target('twins', [file('/etc/twin-a', 'same\n'), file('/etc/twin-b', 'same\n'), file('/etc/twin-c', more)])
  for (const more of ['1', '2', '3']) expect(await host.apply(twins(more))).toMatchObject({ outcome: 'succeeded' })
  expect(
    await host.shell(
      `ls ${generation('twins', 3)}/files; stat -c %h ${generation('twins', 3)}/files/${sha256('same\n')}`,
    ),
  ).toBe(`${[sha256('same\n'), sha256('3')].sort().join('\n')}\n3\n`)
  const { files } = (await driver.inspect(host.transport, 'twins', twins('3').revision, {})) ?? {}
  expect(Object.keys(files ?? {})).toEqual(['/etc/twin-a', '/etc/twin-b', '/etc/twin-c'])
})

describe('a package', () => {
  const wanted = (version: string) => target('packaged', [{ kind: 'package', name: 'kept-package', version }])
  const version = () => host.shell('cat /usr/share/kept-package/version 2>/dev/null || echo none')

  test('is gone back to although nobody offers it any more, also to the version that was there before us', async () => {
    const repository = await hostRepository(lab, 't1')
    await repository.add('kept-package', '1:0.9')
    await host.shell('apt-get -qq -y install kept-package')
    await repository.add('kept-package', '1:1.0')
    await repository.add('kept-package', '1:2.0')
    expect(await host.apply(wanted('1:1.0'))).toMatchObject({ outcome: 'succeeded' })
    expect(await host.apply(wanted('1:2.0'))).toMatchObject({ outcome: 'succeeded' })
    expect(await version()).toBe('1:2.0\n')
    await repository.vanish()

    const first = wanted('1:1.0')
    expect(await host.apply(first)).toMatchObject({ outcome: 'failed' })
    expect(await goBack(first, { generation: 1, files: {} })).toMatchObject({ outcome: 'succeeded' })
    expect(await version()).toBe('1:1.0\n')
    // When the result is told already.
    await expect
      .poll(() => host.shell(`cat ${generation('packaged', 3)}/packages.sums || true`), { timeout: 60_000 })
      .toMatch(/^[0-9a-f]{64} {2}kept-package_1%3a1\.0_all\.deb\n$/)

    expect(await host.apply(first, { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
    expect(await version()).toBe('1:0.9\n')
  })

  test('that somebody else upgraded since is left as it is', async () => {
    await host.shell('apt-get -qq -y remove kept-package')
    const repository = await hostRepository(lab, 't1')
    for (const each of ['1.0', '2.0', '3.0']) await repository.add('other-package', each)
    await host.shell('apt-get -qq -y install other-package=1.0')
    const other = target('other', [{ kind: 'package', name: 'other-package', version: '2.0' }])
    await host.apply(other)
    await host.shell('apt-get -qq -y install other-package=3.0')
    expect(await host.apply(other, { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell('cat /usr/share/other-package/version')).toBe('3.0\n')
  })
})
