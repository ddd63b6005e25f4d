// Facts that were seen → what is wrong, and what to do about it.
import { expect, it } from 'vitest'
import { diagnose } from '../../../src/doctor/diagnose.ts'
import type { HostFacts } from '../../../src/doctor/host-facts.ts'
import { knownFindings } from '../../../src/doctor/known.ts'
import type { HostLook } from '../../../src/doctor/look.ts'
import { statusOf } from '../../support/statuses.ts'

const facts: HostFacts = {
  ...{ timeMs: 1_000_000, lacks: [], isReadOnly: false, dpkg: [], locks: [], armed: [] },
  disk: { mount: '/', freeKiB: 900_000, totalKiB: 9_000_000, freeInodes: 90_000, totalInodes: 100_000 },
  ...{ system: 'running', failedUnits: [], sudo: [], names: { 'db.lan': ['192.0.2.2'] } },
}
const expected = { 'db.lan': '192.0.2.2', 'web.lan': '192.0.2.3' }
const look = (more: Partial<HostLook>): HostLook => ({
  ...{ host: 'one', address: '192.0.2.1', facts, components: [], connections: [], ...more },
})
const seen = (more: Partial<HostFacts>) => look({ facts: { ...facts, ...more } })
const failed = (name: string, message: string) => ({ name, passed: false, certain: false, message })
const to = { component: 'grafana', address: '192.0.2.2', port: 5432, to: 'db' }
const disk = facts.disk as NonNullable<HostFacts['disk']>

it('is silent where all is well', () => {
  const results = [{ name: 'ready', passed: true, certain: false, message: 'fine' }]
  const well = look({
    components: [{ component: 'a', results }],
    connections: [to],
    clock: { aheadMs: 300, withinMs: 90 },
  })
  expect(
    diagnose([well, seen({ sudo: ['(root) NOPASSWD: /usr/bin/timeout ^-k 5$'], system: 'degraded' })], expected),
  ).toEqual([])
})

it.each<[string, HostLook, string, string]>([
  [
    'reach',
    look({ missed: { kind: 'host-key', message: 'one: its key changed' } }),
    'its key changed',
    'compare the key',
  ],
  ['reach', look({ missed: { kind: 'privilege', message: 'one: sudo -n refused' } }), 'sudo', 'docs/ssh.md'],
  ['reach', look({ missed: { kind: 'other', message: 'odd' } }), 'odd', 'look at the host'],
  ['tools', seen({ lacks: ['flock', 'awk'] }), 'lacks flock, awk', 'install them'],
  ['disk', seen({ disk: { ...disk, freeKiB: 50_000 } }), '/ has 48 MiB free of 8789 MiB', 'make room on /'],
  ['disk', seen({ disk: { ...disk, freeInodes: 3 } }), '3 inodes free', 'make room'],
  ['disk', seen({ isReadOnly: true, disk: { ...disk, freeKiB: 0 } }), 'read-only', 'dmesg'],
  ['clock', look({ clock: { aheadMs: -61_000, withinMs: 200 } }), '61 s behind', 'timedatectl'],
  [
    'packages',
    seen({ dpkg: ['The following packages are only half configured', ' a'] }),
    'interrupted',
    'dpkg --configure -a',
  ],
  ['packages', seen({ locks: [{ pid: 7, program: 'apt-get', seconds: 900 }] }), 'process 7 (apt-get)', 'let it end'],
  ['unconfirmed', seen({ armed: [{ component: 'a', seconds: 3 * 3600 }] }), 'for 3 h', 'homeostat-revert'],
  [
    'units',
    seen({ system: 'degraded', failedUnits: ['cron.service'] }),
    'cron.service',
    'systemctl status cron.service',
  ],
  ['names', seen({ names: { 'db.lan': [], 'web.lan': ['192.0.2.3', '::1'] } }), 'no address for db.lan', 'resolv.conf'],
  ['names', seen({ names: { 'db.lan': ['198.51.100.1'] } }), 'db.lan leads to 198.51.100.1', 'getent'],
  [
    'connections',
    look({ connections: [{ ...to, problem: { kind: 'timeout', message: '' } }] }),
    'does not answer',
    'firewall',
  ],
  [
    'connections',
    look({ connections: [{ ...to, problem: { kind: 'refused', message: '' } }] }),
    'refuses',
    '--host db',
  ],
  [
    'health',
    look({ components: [{ component: 'a', results: [], held: 'no such option' }] }),
    'no such option',
    'validate',
  ],
  [
    'health',
    look({ components: [{ component: 'a', results: [failed('ready', '503')], said: 'no disk' }] }),
    'it said: no disk',
    'logs a@one',
  ],
])('%s: %#', (check, wrong, message, next) => {
  expect(diagnose([wrong], expected)).toEqual([
    expect.objectContaining({
      check,
      host: 'one',
      message: expect.stringContaining(message),
      next: expect.stringContaining(next),
    }),
  ])
})

it('says the cause, and not what follows from it', () => {
  const results = [failed('unit a.service', 'is failed'), failed('ready', 'no answer')]
  expect(diagnose([look({ components: [{ component: 'a', results }] })], {})).toHaveLength(1)
  const problem = { kind: 'refused' as const, message: '' }
  const both = look({
    connections: [
      { ...to, problem },
      { ...to, component: 'exporter', problem },
    ],
  })
  expect(diagnose([both], {})).toMatchObject([{ component: 'grafana, exporter' }])
})

it('tells what fails of telling people, and notes what need not be put right', () => {
  const told = (
    receivers: number,
    attempts: Record<string, { made: number; failed: number }>,
    failures: string[] = [],
  ) =>
    diagnose(
      [look({ components: [{ component: 'am', results: [], notifications: { receivers, attempts, failures } }] })],
      {},
    )
  expect(told(1, { email: { made: 3, failed: 2 } }, ['ops: no route to host'])).toMatchObject([
    { message: 'its last message failed: ops: no route to host' },
  ])
  expect(told(1, { email: { made: 3, failed: 3 } })).toMatchObject([{ message: expect.stringContaining('3 of 3') }])
  expect(told(1, { email: { made: 3, failed: 2 }, webhook: { made: 0, failed: 0 } })).toEqual([])
  expect(told(0, {})).toMatchObject([{ isNote: true }])
  expect(diagnose([seen({ sudo: ['(ALL : ALL) NOPASSWD: ALL'] })], {})).toMatchObject([
    { check: 'privilege', isNote: true },
  ])
  expect(diagnose([seen({ sudo: ['(ALL : ALL) ALL', '(root) NOPASSWD: /bin/ls'] })], {})).toEqual([])
  expect(diagnose([seen({ locks: [{ pid: 7, program: 'dpkg', seconds: 9 }] })], {})).toMatchObject([{ isNote: true }])
})

it('tells what the controller knows, and that there is none', () => {
  expect(knownFindings(undefined)).toEqual([])
  expect(knownFindings({ statuses: [], isRunning: true })).toEqual([])
  expect(knownFindings({ statuses: [], isRunning: false })).toMatchObject([
    { message: expect.stringContaining('no controller runs') },
  ])
  const back = {
    type: 'RolledBack' as const,
    status: 'True' as const,
    reason: 'VerificationFailed',
    message: 'it died',
    lastTransitionTimeMs: 0,
  }
  const [found] = knownFindings({ statuses: [{ ...statusOf('a@one'), conditions: [back] }], isRunning: true })
  expect(found).toMatchObject({ host: 'one', component: 'a', message: expect.stringContaining('VerificationFailed') })
})
