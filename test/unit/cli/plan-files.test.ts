// A plan shows what files say now and will say, and no secret, be it an old one or a new one.
import { expect, test } from 'vitest'
import type { HostObservation } from '../../../src/model/observation.ts'
import type { Target } from '../../../src/model/target.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { planFiles } from '../../../src/plan-files.ts'
import { createRedactor } from '../../../src/telemetry/redactor.ts'
import { file, targetOf } from '../plan/given.ts'

const TOKEN = `\${secret:db/password@${'0'.repeat(16)}}`

/** What is shown of `/etc/x` when the host has `now`, which we put there or not, and `next` is asked for. */
async function shown(now: string, kept: Target[], next: string) {
  const seen = {
    files: { '/etc/x': { state: 'file', sha256: sha256(now) } },
    components: { x: { generation: 1 } },
  } as unknown as HostObservation
  const redactor = createRedactor()
  redactor.register('known-secret')
  const target = targetOf(file('/etc/x', next))
  const fields = [{ field: 'content', from: 'something else', to: 'what is written' }]
  const diff = { changes: [{ resource: 'file:/etc/x', action: 'update' as const, fields }] }
  const driver = { recall: async () => kept.map((it) => ({ generation: 1, target: it })) }
  // Nothing on this host may be read by everybody.
  const transport = { script: async () => ({ stdout: Buffer.from('') }) }
  const tools = { driver, transport, redactor, signal: new AbortController().signal }
  return planFiles('x', diff, target, seen, tools as never)
}

test('what we put there is shown as it was sent, although not everybody may read it', async () => {
  expect(await shown('one\n', [targetOf(file('/etc/x', 'one\n'))], 'two\n')).toEqual([
    { path: '/etc/x', diff: '@@ -1,1 +1,1 @@\n-one\n+two\n' },
  ])
})

test('what has a secret in it, or had one, is not shown', async () => {
  const [withNew] = await shown('one\n', [], `password ${TOKEN}\n`)
  expect(withNew).toEqual({ path: '/etc/x', hidden: expect.stringContaining('there are secrets in it') })
  const [withOld] = await shown('password hunter2\n', [targetOf(file('/etc/x', `password ${TOKEN}\n`))], 'none\n')
  expect(withOld).toEqual({ path: '/etc/x', hidden: expect.stringContaining('not everybody on the host may read it') })
})

test('a secret that is known is masked wherever else it stands', async () => {
  const text = 'a known-secret\n'
  expect(await shown(text, [targetOf(file('/etc/x', text))], 'b\n')).toEqual([
    { path: '/etc/x', diff: '@@ -1,1 +1,1 @@\n-a ***\n+b\n' },
  ])
})
