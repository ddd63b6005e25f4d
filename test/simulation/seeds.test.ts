// Seeded chaos: every seed draws its own hosts, components, faults and hands, then the faults stop and everything must come to
// rest. A red seed replays exactly: HOMEOSTAT_SEED=K HOMEOSTAT_SEEDS=1.
import { describe, it } from 'vitest'
import { runSeed } from './support/run-seed.ts'

const FIRST = Number(process.env.HOMEOSTAT_SEED ?? 1)
const COUNT = Number(process.env.HOMEOSTAT_SEEDS ?? 300)

describe(`seeds ${FIRST} to ${FIRST + COUNT - 1}`, () => {
  it('keeps every invariant and comes to rest', async () => {
    for (let seed = FIRST; seed < FIRST + COUNT; seed += 1) await runSeed(seed)
  })

  it('gives the same trace for the same seed', async () => {
    const every = Math.min(COUNT, 100)
    for (let seed = FIRST; seed < FIRST + COUNT; seed += every) {
      const [once, again] = [await runSeed(seed), await runSeed(seed)]
      if (once !== again) throw new Error(`D3: seed ${seed} gave two traces: ${once} and ${again}`)
    }
  })
})
