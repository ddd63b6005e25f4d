// One component on one host in a list: what the command line shows of it, for programs, and which host it is on.
import { splitKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'
import { type StatusSummary, summarize as summaryOf } from '../model/status-summary.ts'

export interface ComponentSummary extends Omit<StatusSummary, 'desired'> {
  component: string
  host: string
  desired: string | null
  lastGood: string | null
  updatedAtMs: number
}

export function summarize(status: ComponentStatus): ComponentSummary {
  return {
    ...splitKey(status.key),
    ...summaryOf(status),
    desired: status.desired ?? null,
    lastGood: status.lastGood ?? null,
    updatedAtMs: status.updatedAtMs,
  }
}
