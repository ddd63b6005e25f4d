// `snapshot` on a real store: list, page, document, diagram.
import { describe, expect, it } from 'vitest'
import { stateDir } from '../../support/cli.ts'
import { NOW_MS, statusOf } from '../../support/statuses.ts'

const retrying = statusOf('prometheus@monitoring', {
  state: { failed: 'retrying' },
  context: {
    attempts: 2,
    dueAtMs: NOW_MS + 40_000,
    enteredAtMs: NOW_MS - 65_000,
    reason: 'ApplyFailed',
    message: 'start prometheus.service failed',
  },
})

async function filled() {
  const dir = await stateDir()
  await dir.write({ statuses: [retrying, statusOf('node-exporter@dns'), statusOf('node-exporter@monitoring')] })
  return dir
}

describe('snapshot', () => {
  it('lists the machines in a table', async () => {
    await using dir = await filled()
    expect((await dir.run(['snapshot'])).out).toMatchInlineSnapshot(`
      "NAME            HOST         STATE             SINCE   ATTEMPTS   DUE      REASON
      node-exporter   dns          healthy.inSync    3h      0          -        -
      node-exporter   monitoring   healthy.inSync    3h      0          -        -
      prometheus      monitoring   failed.retrying   65s     2          in 40s   ApplyFailed
      "
    `)
  })

  it('shows one machine on a page: value, context, conditions, next events', async () => {
    await using dir = await filled()
    expect((await dir.run(['snapshot', 'prometheus@monitoring'])).out).toMatchInlineSnapshot(`
      "Key:     prometheus@monitoring
      State:   failed.retrying
      Value:   {"failed":"retrying"}
      Machine: version 3

      Context:
        desired: "1a2b3c4d00000000000000000000000000000000000000000000000000000000"
        lastGood: "1a2b3c4d00000000000000000000000000000000000000000000000000000000"
        rejected: []
        lacked: []
        chances: 0
        attempts: 2
        corrections: 0
        correctedAtMs: null
        corrected: {}
        contested: []
        drift: ""
        rollbacks: 0
        interruptions: 0
        restart: false
        enteredAtMs: 2026-11-23T11:58:55.000Z (65s ago)
        verifyingSinceMs: null
        healthySinceMs: null
        dueAtMs: 2026-11-23T12:00:40.000Z (in 40s)
        probeFailures: 0
        probeSuccesses: 0
        reason: "ApplyFailed"
        message: "start prometheus.service failed"

      Conditions:
        TYPE    STATUS   REASON    SINCE   MESSAGE
        Ready   True     Healthy   5m      all probes pass

      Next events:
        RETRY_DUE → deploying.blocked
        RETRY_ASKED → deploying.blocked
        PROBES_PASSED → healthy.inSync
        PROBES_FAILED
        TARGET_CHANGED → failed.rollingBack | deploying.blocked
        DISABLED → disabled.removing
        TAKEN_BACK → failed.rollingBack
        ROLLBACK_ASKED → failed.rollingBack
        UNQUARANTINED
      "
    `)
  })

  it('shows the same page for a component that is on one host', async () => {
    await using dir = await filled()
    const { out } = await dir.run(['snapshot', 'prometheus'])
    expect(out).toBe((await dir.run(['snapshot', 'prometheus@monitoring'])).out)
    expect((await dir.run(['snapshot', 'node-exporter'])).out).toMatch(/^NAME /)
  })

  it('gives programs value, context, conditions and the events that it would react to', async () => {
    await using dir = await filled()
    const snapshot = JSON.parse((await dir.run(['snapshot', 'prometheus@monitoring', '-o', 'json'])).out)
    expect(snapshot).toMatchObject({
      kind: 'Snapshot',
      metadata: { key: 'prometheus@monitoring' },
      value: { failed: 'retrying' },
      context: { attempts: 2, reason: 'ApplyFailed' },
      conditions: [{ type: 'Ready', lastTransitionTime: '2026-11-23T11:55:00.000Z' }],
    })
    expect(snapshot.nextEvents).toContainEqual({ event: 'RETRY_DUE', leadsTo: ['deploying.blocked'] })
  })

  it('draws the machine with the present state marked', async () => {
    await using dir = await filled()
    const { out } = await dir.run(['snapshot', 'prometheus@monitoring', '-o', 'mermaid'])
    expect(out).toMatch(/^stateDiagram-v2\n/)
    expect(out).toContain('state "▶ retrying (now)" as failed_retrying')
    expect(out).toContain('class failed_retrying current')
  })

  it('draws no single diagram for several machines, and says which there are', async () => {
    await using dir = await filled()
    await expect(dir.run(['snapshot', 'node-exporter', '-o', 'mermaid'])).rejects.toThrow(
      'choose one of node-exporter@dns, node-exporter@monitoring',
    )
  })

  it('shows a snapshot of a state that the machine no longer has, with no next events', async () => {
    await using dir = await filled()
    await dir.write({ statuses: [statusOf('old@dns', { state: { melted: 'down' } })] })
    const snapshot = JSON.parse((await dir.run(['snapshot', 'old@dns', '-o', 'json'])).out)
    expect(snapshot).toMatchObject({ state: 'melted.down', nextEvents: [] })
  })
})
