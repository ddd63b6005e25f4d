// What vitest runs for every mutant.
import { defineConfig } from 'vitest/config'

const fewerRuns = new URL('fewer-runs.ts', import.meta.url).pathname

/** The tests that the mutants of one part are held against; test/mutation.ts names them. */
export default defineConfig({
  resolve: { alias: { 'fast-check': fewerRuns } },
  test: {
    include: (process.env.HOMEOSTAT_MUTATION_TESTS ?? '').split(' '),
    // Every run has a worker of its own in any case; within it, files share what they import.
    isolate: false,
    testTimeout: 60_000,
  },
})
