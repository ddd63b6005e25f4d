import { defineConfig } from 'vitest/config'

// `lab` boots real hosts and runs inside a lab's network namespace: test/run.ts starts it, several files at once, each in a
// process of its own that is told its file.
export default defineConfig({
  test: {
    // vitest's own default leaves one processor idle: half of a machine that has two.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'fast', include: ['test/{unit,property,contract}/**/*.test.ts', 'test/tidy.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeout: 300_000 } },
      {
        test: { name: 'lab', include: [process.env.HOMEOSTAT_LAB_FILE ?? 'test/lab/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 600_000, fileParallelism: false },
      },
    ],
  },
})
