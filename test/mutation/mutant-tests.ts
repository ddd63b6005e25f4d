// What vitest runs for every mutant.
import { defineConfig } from 'vitest/config'

/** The tests that the mutants of one part are held against; test/mutation.ts names them. Slow: nobody waits for it. */
export default defineConfig({
  test: { include: (process.env.HOMEOSTAT_MUTATION_TESTS ?? '').split(' '), testTimeout: 300_000 },
})
