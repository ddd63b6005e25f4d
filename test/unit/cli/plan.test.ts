// What `homeostat plan` prints.
import { expect, it } from 'vitest'
import { describePlan } from '../../../src/cli/plan.ts'
import type { Change } from '../../../src/model/diff.ts'

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
