// The checks of the controller, which acts on what it reads: every row against its schema.
import { z } from 'zod'
import type { RowChecks } from './row-checks.ts'
import { eventSchema, hostSchema, statusSchema } from './row-schemas.ts'
import { targetSchema } from './target-schema.ts'

export const fullChecks: RowChecks = {
  status: statusSchema,
  target: targetSchema,
  host: hostSchema,
  event: eventSchema,
  document: z.string(),
}
