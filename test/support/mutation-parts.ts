// What is mutated, and the tests that have to notice.

export interface MutationPart {
  /** Patterns of files. */
  mutate: string[]
  /** Patterns of test files. */
  tests: string[]
}

export const parts: Record<string, MutationPart> = {
  machines: { mutate: ['machines/*.ts'], tests: ['test/unit/machines/*.test.ts', 'test/property/lifecycle.test.ts'] },
  queue: {
    mutate: ['src/controller/queue.ts'],
    tests: ['test/unit/controller/queue.test.ts', 'test/property/queue.test.ts'],
  },
  redaction: { mutate: ['src/telemetry/redactor.ts'], tests: ['test/unit/telemetry/*.test.ts'] },
  plan: { mutate: ['src/plan/*.ts'], tests: ['test/unit/plan/*.test.ts', 'test/property/diff.test.ts'] },
  spec: { mutate: ['src/spec/*.ts'], tests: ['test/unit/spec/*.test.ts', 'test/property/spec-poison.test.ts'] },
}
