// The plans that were shown last, in the state directory: so that what has changed since can be told.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Receipt } from '../plan/receipt.ts'
import type { LivePlan } from './composition.ts'

/** Older ones go. */
const KEPT = 20

const text = z.string()
const receipts = z.array(
  z.object({
    key: z.templateLiteral([z.string(), '@', z.string()]),
    revision: z.exactOptional(text),
    live: z.record(text, z.number()),
    changes: z.array(
      z.object({
        resource: text,
        action: z.enum(['create', 'update', 'remove', 'restart', 'reload']),
        fields: z.array(z.object({ field: text, from: text, to: text })),
      }),
    ),
  }),
) satisfies z.ZodType<Receipt[]>

/** What a controller would do of a plan: not what was rejected, nor what is another's. */
export function receiptsOf({ components }: LivePlan): Receipt[] {
  return components.flatMap(({ key, revision, changes = [], live = {}, rejected, isAnothers }) =>
    changes.length === 0 || rejected || isAnothers
      ? []
      : [{ key, changes, live, ...(revision === undefined ? {} : { revision }) }],
  )
}

/** Keeps the plan under its digest; one without is not kept. Where the directory cannot be written to, nothing is. */
export function keepPlan(stateDir: string, plan: LivePlan): void {
  if (plan.digest === undefined) return
  const folder = join(stateDir, 'plans')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, `${plan.digest}.json`), JSON.stringify(receiptsOf(plan)), { mode: 0o600 })
    const byAge = readdirSync(folder).sort((a, b) => ageOf(folder, a) - ageOf(folder, b))
    for (const name of byAge.slice(KEPT)) rmSync(join(folder, name), { force: true })
  } catch {
    // It is only there to tell more when it is asked for.
  }
}

function ageOf(folder: string, name: string): number {
  return -statSync(join(folder, name)).mtimeMs
}

/** What was planned under this digest; undefined where that is not known any more. */
export function keptPlan(stateDir: string, digest: string): Receipt[] | undefined {
  try {
    return receipts.parse(JSON.parse(readFileSync(join(stateDir, 'plans', `${digest}.json`), 'utf8')))
  } catch {
    return undefined
  }
}
