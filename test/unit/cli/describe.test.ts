// `describe` and `history` on a real store.
import { describe, expect, it } from 'vitest'
import type { Target } from '../../../src/model/target.ts'
import { stateDir } from '../../support/cli.ts'
import { conditionOf, NOW_MS, OLD_REVISION, REVISION, statusOf } from '../../support/statuses.ts'

const status = statusOf('prometheus@monitoring', {
  state: { rolledBack: 'holding' },
  lastGood: OLD_REVISION,
  context: { enteredAtMs: NOW_MS - 65_000, rejected: [REVISION], dueAtMs: NOW_MS + 9_000 },
  conditions: [
    conditionOf('Ready', 'False', 'RolledBack', 'runs generation 2'),
    conditionOf('RolledBack', 'True', 'ApplyFailed', 'start prometheus.service failed with exit 1: bad flag'),
    conditionOf('Stalled', 'False', 'Moving'),
  ],
  intent: {
    operationId: 'op-7',
    kind: 'rollback',
    cause: 'rollback',
    revision: OLD_REVISION,
    generation: 4,
    fence: 12,
    startedAtMs: NOW_MS - 3_000,
  },
  ignored: [
    { what: 'path /etc/x.json: port', reason: 'theirs', resources: 1, differs: ['file:/etc/x.json content'] },
    { what: 'unit y.timer', reason: 'odd', resources: 0, differs: [] },
  ],
  lastDiff: {
    atMs: NOW_MS - 70_000,
    cause: 'spec',
    diff: {
      changes: [
        {
          resource: 'file:/etc/homeostat/prometheus/flags',
          action: 'update',
          fields: [
            { field: 'mode', from: '0644', to: '0640' },
            { field: 'owner', from: '', to: 'root' },
          ],
        },
      ],
    },
  },
  lastProbes: [
    { name: 'ready', passed: false, certain: true, message: 'GET http://127.0.0.1:9090/-/ready: connection refused' },
  ],
})

const target: Target = {
  component: 'prometheus',
  host: 'monitoring',
  type: 'prometheus',
  revision: REVISION,
  resources: [
    { kind: 'package', name: 'prometheus' },
    {
      kind: 'unit',
      name: 'prometheus.service',
      enabled: true,
      running: true,
      restartOn: [],
      reloadOn: [],
    },
  ],
  probes: [],
}

async function filled() {
  const dir = await stateDir()
  const host = { name: 'monitoring', machineId: 'm', bootId: 'b', fence: 12, reachable: true, message: '' }
  await dir.write({
    statuses: [status, statusOf('node-exporter@monitoring'), statusOf('node-exporter@dns')],
    targets: [target],
    hosts: [{ ...host, sinceMs: NOW_MS - 3_600_000 }],
    events: [
      {
        atMs: NOW_MS - 65_000,
        key: status.key,
        host: 'monitoring',
        type: 'Warning',
        reason: 'RolledBack',
        message: 'taken back: bad flag',
      },
    ],
  })
  return dir
}

describe('describe', () => {
  it('tells on one page why a component is as it is', async () => {
    await using dir = await filled()
    expect((await dir.run(['describe', 'prometheus@monitoring'])).out).toMatchInlineSnapshot(`
      "Name:        prometheus
      Host:        monitoring (reachable for 60m)
      Type:        prometheus
      State:       rolledBack.holding for 65s
      Ready:       False
      Message:     ApplyFailed: start prometheus.service failed with exit 1: bad flag
      Desired:     1a2b3c4d (1a2b3c4d00000000000000000000000000000000000000000000000000000000)
      Last good:   99887766 (9988776600000000000000000000000000000000000000000000000000000000)
      Rejected:    1a2b3c4d
      Generation:  3
      Doing:       rollback of 99887766 because of rollback, for 3s (operation op-7)
      Next try:    in 9s
      Updated:     12s ago

      Conditions:
        TYPE         STATUS   REASON        SINCE   MESSAGE
        Ready        False    RolledBack    5m      runs generation 2
        RolledBack   True     ApplyFailed   5m      start prometheus.service failed with exit 1: bad flag
        Stalled      False    Moving        5m

      Last difference (spec, 70s ago, 2026-11-23T11:58:50.000Z):
        update file:/etc/homeostat/prometheus/flags
          mode: 0644 → 0640
          owner: (none) → root

      Ignored drift:
        path /etc/x.json: port (theirs): differs: file:/etc/x.json content
        unit y.timer (odd): matches nothing

      Last probes:
        PROBE   RESULT               EVIDENCE
        ready   failed for certain   GET http://127.0.0.1:9090/-/ready: connection refused

      Resources:
        package:prometheus
        unit:prometheus.service

      Events:
        AGE   TYPE      REASON       MESSAGE
        65s   Warning   RolledBack   taken back: bad flag
      "
    `)
  })

  it('says of which type it is where nothing was rendered yet', async () => {
    await using dir = await stateDir()
    await dir.write({ statuses: [statusOf('loki@monitoring', { type: 'loki' })] })
    expect((await dir.run(['describe', 'loki'])).out).toMatch(/^Type: {8}loki$/m)
    expect(JSON.parse((await dir.run(['describe', 'loki@monitoring', '-o', 'json'])).out)).toMatchObject({
      type: 'loki',
    })
  })

  it('shows every host of a component, one page after the other', async () => {
    await using dir = await filled()
    const { out } = await dir.run(['describe', 'node-exporter'])
    expect(out.match(/^Host: .*/gm)).toEqual([
      'Host:        dns (not contacted yet)',
      'Host:        monitoring (reachable for 60m)',
    ])
  })

  it('gives programs the same facts', async () => {
    await using dir = await filled()
    expect(JSON.parse((await dir.run(['describe', 'prometheus@monitoring', '-o', 'json'])).out)).toMatchObject({
      state: 'rolledBack.holding',
      desiredRevision: REVISION,
      lastGoodRevision: OLD_REVISION,
      resources: ['package:prometheus', 'unit:prometheus.service'],
      lastDiff: { cause: 'spec', changes: [{ action: 'update' }] },
      lastProbes: [{ name: 'ready', passed: false }],
      events: [{ reason: 'RolledBack' }],
      host: { reachable: true },
    })
  })

  it('exits 3 with --exit-code when it is rolled back', async () => {
    await using dir = await filled()
    expect((await dir.run(['describe', 'prometheus', '--exit-code'])).exitCode).toBe(3)
  })
})

describe('history', () => {
  it('says so when nothing was changed', async () => {
    await using dir = await filled()
    const { out, err } = await dir.run(['history', 'node-exporter'])
    expect([out, err]).toEqual(['', 'nothing was changed for node-exporter as far as the events go back\n'])
  })

  it('lists changes with generation, cause and outcome', async () => {
    await using dir = await filled()
    const about = { key: status.key, host: 'monitoring', type: 'Normal', revision: OLD_REVISION } as const
    const details = { generation: 2, kind: 'apply' }
    await dir.write({
      events: [
        { ...about, atMs: NOW_MS - 50_000, reason: 'Deploying', message: '' },
        {
          ...about,
          atMs: NOW_MS - 49_000,
          reason: 'Applied',
          message: 'm',
          operationId: 'op-3',
          cause: 'spec',
          details,
        },
        { ...about, atMs: NOW_MS - 30_000, reason: 'Healthy', message: 'proven and in sync' },
      ],
    })
    expect((await dir.run(['history', 'prometheus'])).out).toMatchInlineSnapshot(`
      "GENERATION   CHANGE   REVISION   CAUSE   STATE   KEPT   STARTED   TOOK   OUTCOME   NOTE        MESSAGE
      2            apply    99887766   spec    -       -      50s ago   20s    Healthy   last good   proven and in sync
      "
    `)
  })

  it('says what became of each generation, also of those that no event tells of any more', async () => {
    await using dir = await stateDir()
    const generations = [
      { number: 2, revision: OLD_REVISION, atMs: 0, verified: true as const },
      {
        number: 3,
        revision: REVISION,
        atMs: NOW_MS - 60_000,
        cause: 'manual' as const,
        verified: true as const,
        kept: true as const,
      },
    ]
    const context = { rejected: [OLD_REVISION] }
    await dir.write({ statuses: [statusOf('prometheus@monitoring', { generation: 3, generations, context })] })
    expect((await dir.run(['history', 'prometheus'])).out).toMatchInlineSnapshot(`
      "GENERATION   CHANGE   REVISION   CAUSE    STATE                KEPT   STARTED   TOOK   OUTCOME   NOTE                 MESSAGE
      2            -        99887766   -        verified, rejected   no     -         0s     -         rejected
      3            -        1a2b3c4d   manual   running, verified    yes    60s ago   0s     -         desired, last good
      "
    `)
  })
})
