// Seeded chaos: every seed draws its own hosts, components, faults and hands, then the faults stop and everything must come to
// rest. A red seed replays exactly: npm run test:simulation -- --seeds 1 --seed K.
import { afterAll, describe, it } from 'vitest'
import { coverage } from './coverage.ts'
import { runSeed } from './run-seed.ts'

const FIRST = Number(process.env.HOMEOSTAT_SEED ?? 1)
const COUNT = Number(process.env.HOMEOSTAT_SEEDS ?? 2_000)

/** So many are one test, so that a slow machine is not taken for a failure. */
const TOGETHER = 25

/** Of all seeds one part: each file is one, so that they run side by side. */
export function seedTests(part: number, parts: number): void {
  const seeds = Array.from({ length: COUNT }, (_, at) => FIRST + at).filter((_, at) => at % parts === part)
  const batches = Array.from({ length: Math.ceil(seeds.length / TOGETHER) }, (_, at) =>
    seeds.slice(at * TOGETHER, (at + 1) * TOGETHER),
  )

  describe(`seeds from ${FIRST} on, part ${part + 1} of ${parts}`, () => {
    afterAll(() => coverage.save(`seeds-${part + 1}`))

    it.each(batches.map((batch, at) => ({ batch, at, first: batch[0] })))(
      'keep every invariant and come to rest, from seed $first on',
      async ({ batch, at }) => {
        for (const seed of batch) await runSeed(seed)
        if (at % 4 === 0) await sameTrace(batch[0] ?? FIRST)
      },
    )

    if (batches.length === 0) it.skip('there are too few seeds for this part')
  })
}

/** D3: one in a hundred is run twice more. */
async function sameTrace(seed: number): Promise<void> {
  const [once, again] = [await runSeed(seed), await runSeed(seed)]
  if (once !== again) throw new Error(`D3: seed ${seed} gave two traces: ${once} and ${again}`)
}
