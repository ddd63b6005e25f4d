// One test for each workload and trouble: as many plans as the workload has moments.
import { afterAll, describe, it } from 'vitest'
import { coverage } from './coverage.ts'
import { placesOf, referenceOf, runPlan, type Trouble } from './plans.ts'
import { workloads } from './workloads.ts'

export function planTests(name: string, troubles: Trouble[]): void {
  afterAll(() => coverage.save(name))
  describe.each(workloads)('$name', (workload) => {
    it.each(troubles)('comes to the same end after a %s at any moment', async (trouble) => {
      const reference = await referenceOf(workload)
      for (const at of placesOf(reference)) await runPlan(workload, reference, [{ at, trouble }])
    })
  })
}
