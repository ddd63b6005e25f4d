// `homeostat doctor` as it is called, what it prints, and how it ends.
import { expect, it } from 'vitest'
import type { LookAround } from '../../../src/cli/live.ts'
import type { HostLook } from '../../../src/doctor/look.ts'
import { stateDir } from '../../support/cli.ts'

const look = (host: string, more: Partial<HostLook> = {}): HostLook => ({
  ...{ host, address: '192.0.2.1', components: [], connections: [], ...more },
})
const said = { name: 'ready', passed: false, certain: false, message: 'answered 503\u001b[2J' }
const wrong = look('one', { components: [{ component: 'loki', results: [said] }] })
const dead = look('two', {
  missed: { kind: 'unreachable', message: 'two (root@192.0.2.2:22): there is no route to it.' },
})

async function run(words: string[], looks: HostLook[], more: Partial<LookAround> = {}) {
  await using dir = await stateDir()
  const color = words.includes('loki')
  const seen = { looks, expected: {}, issues: [], components: ['loki'], ...more }
  return await dir.run(['doctor', ...words], { color, lookAround: async () => seen })
}

it('says what is wrong, a line each, and ends with 1', async () => {
  const { out, err, exitCode } = await run([], [wrong, look('three')])
  expect(out).toBe('✗ one loki: ready: answered 503\\e[2J → homeostat logs loki@one, homeostat describe loki@one\n')
  expect(err).toBe('1 thing is wrong; 2 of 2 hosts, 1 components on them and 0 ways between them were looked at\n')
  expect(exitCode).toBe(1)
  expect((await run(['loki'], [wrong])).out).not.toContain('\u001b[2J')
})

it('ends with 2 when not every host could be looked at, and with 0 when nothing is wrong', async () => {
  const { out, exitCode } = await run([], [wrong, dead])
  expect(out).toContain('✗ two (root@192.0.2.2:22): there is no route to it. → is it on')
  expect(exitCode).toBe(2)
  expect(await run([], [look('three')])).toMatchObject({
    out: '',
    exitCode: 0,
    err: expect.stringContaining('nothing is wrong'),
  })
})

it('tells of problems in what is written', async () => {
  const issue = { file: 'a.yaml', line: 3, column: 5, path: '', message: 'there is no field x' }
  const { out, exitCode } = await run([], [look('three')], { issues: [issue] })
  expect(out).toBe('✗ the desired state has problems: a.yaml:3:5 there is no field x → homeostat validate\n')
  expect(exitCode).toBe(1)
})

it('is a document for programs', async () => {
  const { out } = await run(['-o', 'json'], [wrong, dead])
  expect(JSON.parse(out)).toMatchObject({
    kind: 'Diagnosis',
    hosts: [
      { name: 'one', seen: true },
      { name: 'two', seen: false },
    ],
    findings: [
      { check: 'health', host: 'one', component: 'loki' },
      { check: 'reach', host: 'two' },
    ],
  })
})

it('knows no other component', async () => {
  await expect(run(['lokki'], [])).rejects.toThrow('no component "lokki"; did you mean loki?')
})
