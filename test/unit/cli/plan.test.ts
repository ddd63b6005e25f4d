// What `homeostat plan` prints.
import { expect, it } from 'vitest'
import { describePlan } from '../../../src/cli/plan.ts'
import type { Change } from '../../../src/model/diff.ts'
import { stateDir } from '../../support/cli.ts'

const goes: Change = {
  resource: 'file:/etc/x',
  action: 'remove',
  fields: [{ field: 'ownership', from: 'ours', to: 'as it was before' }],
}

it('says of what nothing names any more whether a controller of this directory would remove it', () => {
  const components = [
    { key: 'ours@a' as const, changes: [goes] },
    { key: 'theirs@a' as const, changes: [goes], isAnothers: true as const },
  ]
  expect(describePlan({ components, issues: [] })).toMatchInlineSnapshot(`
    "ours@a:
      remove file:/etc/x: ownership ours → as it was before
    theirs@a: (put there from another machine or directory: removed only by a controller that knows it)
      remove file:/etc/x: ownership ours → as it was before
    2 of 2 to change, 0 not seen, 0 problems in the desired state
    "
  `)
})

it('names the directory again where it says how a plan is carried out', () => {
  const plan = { components: [{ key: 'ours@a' as const, changes: [goes] }], issues: [], digest: '0123456789ab' }
  expect(describePlan(plan, 'my-hosts')).toMatch(/apply --plan 0123456789ab my-hosts\n$/)
  expect(describePlan(plan)).toMatch(/apply --plan 0123456789ab\n$/)
})

it('says beforehand what cannot be taken back', () => {
  const change: Change = {
    resource: 'package:gitea',
    action: 'update',
    fields: [{ field: 'version', from: '1', to: '2' }],
  }
  const irreversible = { 'package:gitea': 'its first start migrates the database' }
  const text = describePlan({ components: [{ key: 'gitea@a', changes: [change, goes], irreversible }], issues: [] })
  expect(text.split('\n').slice(1, 3)).toEqual([
    '  update package:gitea: version 1 → 2; cannot be taken back: its first start migrates the database',
    '  remove file:/etc/x: ownership ours → as it was before',
  ])
})

it('says which secrets are known to everybody, beside the plan', async () => {
  await using dir = await stateDir()
  const plan = { components: [], issues: [], publishedSecrets: ['secrets.sops.yaml'] }
  const { out, err, exitCode } = await dir.run(['plan'], { plan })
  expect(out).toBe('0 of 0 to change, 0 not seen, 0 problems in the desired state\n')
  expect(err).toContain('the secrets in secrets.sops.yaml are known to everybody')
  expect(exitCode).toBe(0)
})
