// The checks of the controller, which acts on what it reads: every row against its schema.
import { z } from 'zod'
import type { RowCheck, RowChecks } from './row-checks.ts'
import { eventSchema, hostSchema, statusSchema } from './row-schemas.ts'
import { targetSchema } from './target-schema.ts'

export const fullChecks: RowChecks = {
  status: checkBy(statusSchema),
  target: checkBy(targetSchema),
  host: checkBy(hostSchema),
  event: checkBy(eventSchema),
  document: checkBy(z.string()),
}

/** Compiled: ten thousand statuses are checked before the first pass. */
function checkBy<T>(schema: z.ZodType<T>): RowCheck<T> {
  const compiled = z.compile(schema)
  return {
    holds: (value): value is T => compiled.validate(value),
    problem: (value) => {
      const issue = schema.safeParse(value).error?.issues[0]
      return `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`
    },
  }
}
