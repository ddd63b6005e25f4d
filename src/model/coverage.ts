// What should be measured, against what a Prometheus measures.
import type { ComponentKey } from './key.ts'

export interface CoverageRow {
  /** The Prometheus that was asked. */
  prometheus: ComponentKey
  kind: 'target' | 'metrics' | 'question'
  /** `job instance` of a target, the job of metrics, who asks a question. */
  name: string
  /** Who serves it, where that is known. */
  component?: ComponentKey
  state: CoverageState
  /** Empty where all is well. */
  message: string
  /** Metrics that vanished, or are not there. */
  metrics?: string[]
}

export type CoverageState =
  /** A target that answers, or a job whose metrics are all still there. */
  | 'up'
  | 'down'
  /** Prometheus has it in its configuration and has not scraped it yet. */
  | 'unknown'
  /** It should be scraped and is not. */
  | 'missing'
  /** It is scraped, and nothing that is written asks for it. */
  | 'unexpected'
  /** They were there before the last change of who serves them. */
  | 'vanished'
  /** A rule or a dashboard asks for them, and they are not there. */
  | 'absent'

/** Whether somebody has to look at it. */
export function isCovered({ state }: Pick<CoverageRow, 'state'>): boolean {
  return state === 'up'
}
