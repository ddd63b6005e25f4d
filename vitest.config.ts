import { defineConfig } from 'vitest/config'

// `lab` boots real hosts and runs inside the lab's network namespace: test/run.ts starts it, one host set for all files.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'fast', include: ['test/{unit,property,contract}/**/*.test.ts', 'test/tidy.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeout: 300_000 } },
      {
        test: { name: 'lab', include: ['test/lab/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false },
      },
    ],
  },
})
