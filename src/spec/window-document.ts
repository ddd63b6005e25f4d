// A Window as written: when components that name it may be changed.
import { Cron } from 'croner'
import { z } from 'zod'
import { duration, durationMs } from '../catalog/scalars.ts'
import type { Window } from '../model/window.ts'
import { document } from './envelope.ts'

const CRON = 'expected five fields as in crontab, minute hour day month weekday: "0 2 * * 1-5"'
const ZONE = 'expected a time zone such as Europe/Berlin or UTC'

/** Whether the expression is ever due in this time zone. */
function isEver(cron: string, timezone: string): boolean {
  try {
    return new Cron(cron, { timezone, mode: '5-part', paused: true }).nextRun('2026-01-01T00:00:00') !== null
  } catch {
    return false
  }
}

export const windowSpec = z.strictObject({
  cron: z
    .string({ error: CRON })
    .max(100, { error: CRON })
    .refine((text) => isEver(text, 'UTC'), { error: CRON })
    .describe('When it opens: minute, hour, day, month and weekday, as in crontab.'),
  duration: duration({ min: '1m', max: '7d' }).describe('How long it stays open.'),
  timeZone: z
    .string({ error: ZONE })
    .max(60, { error: ZONE })
    .refine((zone) => isEver('* * * * *', zone), { error: ZONE })
    .default('UTC')
    .describe('By whose clocks, daylight saving included: Europe/Berlin.'),
  corrections: z
    .enum(['always', 'inside'])
    .default('always')
    .describe('Whether drift is put right at any time, or inside the window only.'),
})

export const windowDocument = document('Window', windowSpec).describe('Times at which components may be changed.')

/** The window that a checked document describes. */
export function toWindow({ metadata, spec }: z.output<typeof windowDocument>): Window {
  const { cron, timeZone, corrections } = spec
  return { name: metadata.name, cron, durationMs: durationMs(spec.duration), timeZone, corrections }
}
