// One component on one host in a list: what a table or a page shows, without snapshot, diff and probes.
import { stateName } from '../../machines/advance.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'

export interface ComponentSummary {
  key: ComponentKey
  component: string
  host: string
  /** `deploying.applying`. */
  state: string
  ready: 'True' | 'False' | 'Unknown'
  /** Why it is ready or not, for programs and for people. */
  reason: string
  message: string
  desired: string | null
  lastGood: string | null
  generation: number
  updatedAtMs: number
}

export function summarize(status: ComponentStatus): ComponentSummary {
  const ready = status.conditions.find((condition) => condition.type === 'Ready')
  return {
    key: status.key,
    ...splitKey(status.key),
    state: stateName(status.lifecycle),
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? '',
    message: ready?.message ?? '',
    desired: status.desired ?? null,
    lastGood: status.lastGood ?? null,
    generation: status.generation,
    updatedAtMs: status.updatedAtMs,
  }
}
