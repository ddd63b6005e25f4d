// One test for each workload and trouble: as many plans as the workload has moments.
import { describe, it } from 'vitest'
import { referenceOf, runPlan, type Trouble } from './plans.ts'
import { workloads } from './workloads.ts'

export function planTests(troubles: Trouble[]): void {
  describe.each(workloads)('$name', (workload) => {
    it.each(troubles)('comes to the same end after a %s at any moment', async (trouble) => {
      const reference = await referenceOf(workload)
      for (let at = 0; at < reference.moments.length; at += 1) await runPlan(workload, reference, [{ at, trouble }])
    })
  })
}
