// Every way in which a host drifts from what was proven on it, made by hand, found by the periodic look and put back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change } from '../../src/model/diff.ts'
import { type Controller, newController, pauseBetweenLooks } from '../support/controller.ts'
import { configFile, custom, host, sleeper } from '../support/desired-yaml.ts'
import { starts } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')

interface Drift {
  name: string
  damage: string
  /** What the diff has to say of it. */
  change: { resource: string; fields: Partial<Change['fields'][number]>[] }
  /** Run on the host afterwards; prints what is there. */
  look: string
  expected: string
}

const drifts: Drift[] = [
  {
    name: 'stopped',
    damage: 'systemctl stop stopped',
    change: { resource: 'unit:stopped.service', fields: [{ field: 'active', from: 'inactive', to: 'active' }] },
    look: 'systemctl is-active stopped',
    expected: 'active',
  },
  {
    name: 'masked',
    damage: 'systemctl mask --now nginx',
    change: { resource: 'unit:nginx.service', fields: [{ field: 'mask', from: 'masked', to: 'unmasked' }] },
    look: 'systemctl is-active nginx; systemctl is-enabled nginx',
    expected: 'active\nenabled',
  },
  {
    // The unit file itself is the mask, as `systemctl mask --force` leaves it.
    name: 'blanked',
    damage: 'systemctl stop blanked; ln -sf /dev/null /etc/systemd/system/blanked.service; systemctl daemon-reload',
    change: { resource: 'file:/etc/systemd/system/blanked.service', fields: [{ field: 'state', to: 'file' }] },
    look: 'systemctl is-active blanked; systemctl is-enabled blanked',
    expected: 'active\nenabled',
  },
  {
    name: 'disabled',
    damage: 'systemctl disable disabled',
    change: { resource: 'unit:disabled.service', fields: [{ field: 'enabled', from: 'disabled', to: 'enabled' }] },
    look: 'systemctl is-enabled disabled',
    expected: 'enabled',
  },
  {
    name: 'edited',
    damage: `echo two > ${configFile('edited')}`,
    change: { resource: `file:${configFile('edited')}`, fields: [{ field: 'content' }] },
    look: `cat ${configFile('edited')}`,
    expected: 'one',
  },
  {
    name: 'deleted',
    damage: `rm ${configFile('deleted')}`,
    change: { resource: `file:${configFile('deleted')}`, fields: [{ field: 'state', from: 'absent', to: 'file' }] },
    look: `cat ${configFile('deleted')}`,
    expected: 'one',
  },
  {
    name: 'chmodded',
    damage: `chmod 666 ${configFile('chmodded')}`,
    change: { resource: `file:${configFile('chmodded')}`, fields: [{ field: 'mode', from: '0666', to: '0640' }] },
    look: `stat -c %a ${configFile('chmodded')}`,
    expected: '640',
  },
  {
    name: 'chowned',
    damage: `chown admin:games ${configFile('chowned')}`,
    change: {
      resource: `file:${configFile('chowned')}`,
      fields: [
        { field: 'owner', from: 'admin', to: 'root' },
        { field: 'group', from: 'games', to: 'root' },
      ],
    },
    look: `stat -c %U:%G ${configFile('chowned')}`,
    expected: 'root:root',
  },
  {
    name: 'linked',
    damage: `mv ${configFile('linked')} /root/linked; ln -s /root/linked ${configFile('linked')}`,
    change: { resource: `file:${configFile('linked')}`, fields: [{ field: 'state', to: 'file' }] },
    look: `stat -c %F ${configFile('linked')}; cat /root/linked`,
    expected: 'regular file\none',
  },
  {
    name: 'unpackaged',
    damage: 'dpkg --remove --force-depends procps >/dev/null 2>&1; command -v ps || true',
    change: { resource: 'package:procps', fields: [{ field: 'state', to: 'installed' }] },
    look: 'dpkg-query -s procps | grep Status',
    expected: 'Status: install ok installed',
  },
  {
    // Started by hand on other bytes than those on disk: no file differs, only the process does.
    name: 'outdated',
    damage: `cd /etc/outdated && cp -p outdated.conf kept && echo two > outdated.conf && systemctl restart outdated && mv kept outdated.conf`,
    change: { resource: 'unit:outdated.service', fields: [{ field: 'running configuration' }] },
    look: 'tail -n 1 /var/lib/outdated.starts',
    expected: 'one',
  },
  {
    // The unit's definition is another than systemd has read.
    name: 'redefined',
    damage: `sed -i 's/infinity/86400/' /etc/systemd/system/redefined.service && systemctl daemon-reload && systemctl restart redefined`,
    change: { resource: 'file:/etc/systemd/system/redefined.service', fields: [{ field: 'content' }] },
    look: 'ps -o args= -p "$(systemctl show -p MainPID --value redefined)"',
    expected: '/bin/sleep infinity',
  },
]

/** What the components have beside a service of their own. */
const packages: Record<string, Record<string, unknown>> = {
  masked: { packages: ['nginx-light'], units: [{ name: 'nginx.service' }], files: [] },
  unpackaged: { packages: ['procps'] },
}

let controller: Controller
let revisions: Record<string, string | undefined>

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
  for (const { name } of drifts)
    await controller.write(
      `${name}.yaml`,
      name === 'masked'
        ? custom(name, ['t1'], packages.masked ?? {})
        : sleeper(name, ['t1'], { more: packages[name] ?? {} }),
    )
  controller.start()
  // One after the other: they are on one host.
  const deployed = drifts.map(({ name }) => controller.untilState(`${name}@t1`, 'healthy.inSync', 500_000))
  revisions = Object.fromEntries((await Promise.all(deployed)).map(({ key, desired }) => [key, desired]))
  await pauseBetweenLooks(controller, 't1')
  await lab.shell('t1', `set -e\n${drifts.map(({ damage }) => damage).join('\n')}`)
  controller.resume()
})
afterAll(() => controller[Symbol.asyncDispose]())

describe('drift that somebody makes by hand', () => {
  test.each(drifts)('$name: it is found, said what differs, and put back', async ({ name, change, look, expected }) => {
    const key = `${name}@t1`
    const found = await controller.untilEvent(key, 'DriftFound')
    await controller.untilEvent(key, 'DriftCorrected')
    const after = await controller.untilState(key, 'healthy.inSync')

    expect((await lab.shell('t1', look)).trim()).toBe(expected)
    expect(after.lastDiff?.cause).toBe('drift')
    expect(after.lastDiff?.diff.changes).toContainEqual(
      expect.objectContaining({
        resource: change.resource,
        fields: expect.arrayContaining(change.fields.map((field) => expect.objectContaining(field))),
      }),
    )
    expect(found.message).toContain(change.resource)
    expect(found.details?.changes).toEqual(after.lastDiff?.diff.changes)
    // The same revision, put back; not a new generation.
    expect(after).toMatchObject({ generation: 1, desired: revisions[key], lastGood: revisions[key] })
  })

  test('everything runs, was put back once, and what needed no restart had none', async () => {
    for (const { name } of drifts.filter((drift) => drift.name !== 'masked'))
      expect((await lab.shell('t1', `systemctl is-active ${name}`)).trim(), name).toBe('active')
    for (const { name } of drifts) {
      const events = await controller.events(`${name}@t1`)
      expect(
        events.filter(({ reason }) => reason === 'DriftFound'),
        name,
      ).toHaveLength(1)
    }
    for (const name of ['disabled', 'chmodded', 'chowned']) expect(await starts(lab, 't1', name), name).toEqual(['one'])
    expect(await starts(lab, 't1', 'unpackaged')).toEqual(['one'])
  })
})
