// `get components` and `get hosts` on a real store, in every output format.
import { describe, expect, it } from 'vitest'
import { stateDir } from '../../support/cli.ts'
import { conditionOf, NOW_MS, OLD_REVISION, statusOf } from '../../support/statuses.ts'

const takenBack = statusOf('prometheus@monitoring', {
  state: { rolledBack: 'holding' },
  desired: OLD_REVISION,
  context: { enteredAtMs: NOW_MS - 192_000 },
  conditions: [
    conditionOf('Ready', 'False', 'RolledBack', 'runs generation 2'),
    conditionOf('RolledBack', 'True', 'VerificationFailed', 'prometheus.service does not start:\n\u001b[31mbad flag'),
    conditionOf('Reachable', 'True', 'Connected'),
  ],
})
const statuses = [
  statusOf('node-exporter@dns'),
  statusOf('node-exporter@monitoring', {
    intent: {
      operationId: 'op-9',
      kind: 'apply',
      cause: 'drift',
      generation: 4,
      fence: 9,
      startedAtMs: NOW_MS - 1_000,
    },
    conditions: [conditionOf('Ready', 'True', 'Healthy'), conditionOf('Reachable', 'False', 'Timeout', 'no answer')],
  }),
  takenBack,
]
const host = { machineId: 'm-1', bootId: 'b-1', fence: 7, reachable: true, message: '', sinceMs: NOW_MS - 7_200_000 }
const hosts = [
  { ...host, name: 'dns' },
  { ...host, name: 'monitoring', reachable: false, message: 'connect to 192.168.99.18:22: timed out' },
]

async function filled() {
  const dir = await stateDir()
  await dir.write({ statuses, hosts })
  return dir
}

describe('get components', () => {
  it('lists them in a table', async () => {
    await using dir = await filled()
    expect((await dir.run(['get', 'components'])).out).toMatchInlineSnapshot(`
      "NAME            HOST         STATE                READY   REVISION   CHANGED   MESSAGE
      node-exporter   dns          healthy.inSync       True    1a2b3c4d   3h
      node-exporter   monitoring   healthy.inSync       True    1a2b3c4d   3h        Timeout: no answer
      prometheus      monitoring   rolledBack.holding   False   99887766   3m12s     VerificationFailed: prometheus.service does not start:\\n\\e[31mbad flag
      "
    `)
  })

  it('says more with -o wide', async () => {
    await using dir = await filled()
    expect((await dir.run(['get', 'components', 'node-exporter@monitoring', '-o', 'wide'])).out).toMatchInlineSnapshot(`
      "NAME            HOST         STATE            READY   REVISION   LAST-GOOD   GENERATION   REACHABLE   DOING           CHANGED   MESSAGE
      node-exporter   monitoring   healthy.inSync   True    1a2b3c4d   1a2b3c4d    3            False       apply (drift)   3h        Timeout: no answer
      "
    `)
  })

  it('prints only names with -o name', async () => {
    await using dir = await filled()
    expect((await dir.run(['get', 'components', '-o', 'name', '--host', 'monitoring'])).out).toBe(
      'component/node-exporter@monitoring\ncomponent/prometheus@monitoring\n',
    )
  })

  it('gives programs an object for one component on one host, and a list otherwise', async () => {
    await using dir = await filled()
    const one = JSON.parse((await dir.run(['get', 'components', 'prometheus@monitoring', '-o', 'json'])).out)
    const many = JSON.parse((await dir.run(['get', 'components', 'prometheus', '-o', 'json'])).out)
    expect(one).toMatchObject({
      kind: 'ComponentStatus',
      metadata: { name: 'prometheus', host: 'monitoring' },
      state: 'rolledBack.holding',
      enteredAt: '2026-11-23T11:56:48.000Z',
    })
    expect(many).toEqual({ apiVersion: 'homeostat/v1', kind: 'List', items: [one] })
  })

  it('says the same in YAML as in JSON', async () => {
    await using dir = await filled()
    const { parse } = await import('yaml')
    const json = JSON.parse((await dir.run(['get', 'components', '-o', 'json'])).out)
    expect(parse((await dir.run(['get', 'components', '-o', 'yaml'])).out)).toEqual(json)
  })

  it('exits 0 for whatever it lists, unless asked for the code of the worst', async () => {
    await using dir = await filled()
    const codes = []
    for (const words of [[], ['--exit-code'], ['node-exporter', '--exit-code']])
      codes.push((await dir.run(['get', 'components', ...words])).exitCode)
    expect(codes).toEqual([0, 3, 0])
  })

  it('suggests the nearest name for one that is not there', async () => {
    await using dir = await filled()
    await expect(dir.run(['get', 'components', 'promethues'])).rejects.toMatchObject({
      exitCode: 2,
      message: 'there is no component "promethues" in the store; did you mean prometheus?',
    })
  })

  it('cuts messages to the terminal and colours the state there', async () => {
    await using dir = await filled()
    const { out, err } = await dir.run(['get', 'components', 'prometheus'], { columns: 100, color: true })
    expect(out).toContain('\u001b[35mrolledBack.holding\u001b[39m')
    expect(out).toContain('…')
    expect(err).toContain('No controller is running here')
  })
})

describe('get hosts', () => {
  it('shows which are reached, and how many of their components are ready', async () => {
    await using dir = await filled()
    expect((await dir.run(['get', 'hosts'])).out).toMatchInlineSnapshot(`
      "NAME         REACHABLE   READY   SINCE   MESSAGE
      dns          True        1/1     120m
      monitoring   False       1/2     120m    connect to 192.168.99.18:22: timed out
      "
    `)
  })
})

describe('without a store', () => {
  it('says that there is none yet, and what to run', async () => {
    await using dir = await stateDir()
    await expect(dir.run(['get', 'components'])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/there is no store at .*store\.sqlite yet.*\n.*homeostat run.*homeostat demo/),
    })
  })
})
