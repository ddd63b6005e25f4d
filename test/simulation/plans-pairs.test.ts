// Two things go wrong in one run, drawn from a seed: HOMEOSTAT_SEED=K, HOMEOSTAT_PAIRS=N for each workload.
import { afterAll, describe, it } from 'vitest'
import { coverage } from './support/coverage.ts'
import { drawPairs, referenceOf, runPlan } from './support/plans.ts'
import { workloads } from './support/workloads.ts'

const SEED = Number(process.env.HOMEOSTAT_SEED ?? 1)
const COUNT = Number(process.env.HOMEOSTAT_PAIRS ?? 60)

describe('two disturbances in one run', () => {
  afterAll(() => coverage.save('plans-pairs'))

  it.each(workloads)('$name: comes to the same end', async (workload) => {
    const reference = await referenceOf(workload)
    for (const pair of drawPairs(reference, SEED, COUNT)) await runPlan(workload, reference, pair)
  })
})
