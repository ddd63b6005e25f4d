// What is mutated, and the tests that have to notice.

export interface MutationPart {
  /** Patterns of files. */
  mutate: string[]
  /** Patterns of test files. */
  tests: string[]
}

const yaml = ['src/spec/yaml-*.ts', 'src/spec/limits.ts', 'src/spec/text-positions.ts']

export const parts: Record<string, MutationPart> = {
  machines: { mutate: ['machines/*.ts'], tests: ['test/unit/machines/*.test.ts', 'test/property/lifecycle.test.ts'] },
  queue: {
    mutate: ['src/controller/queue.ts'],
    tests: ['test/unit/controller/queue.test.ts', 'test/property/queue.test.ts'],
  },
  redaction: { mutate: ['src/telemetry/redactor.ts'], tests: ['test/unit/telemetry/{redactor,scrubbed}.test.ts'] },
  plan: { mutate: ['src/plan/*.ts'], tests: ['test/unit/plan/*.test.ts', 'test/property/diff.test.ts'] },
  spec: {
    mutate: ['src/spec/*.ts', ...yaml.map((pattern) => `!${pattern}`)],
    tests: ['test/unit/spec/!(limits).test.ts'],
  },
  /** Apart, since the texts of its tests are large: only what reads them has to be held against them. */
  yaml: {
    mutate: yaml,
    tests: ['test/unit/spec/{limits,documents,issues,edit-field,yaml}.test.ts'],
  },
}
