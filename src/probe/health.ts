// What one round of probes comes to. Pure; how many rounds it takes and how long it must last is the lifecycle's affair.
import type { ProbeResult } from '../model/probe.ts'
import { sentence } from './sentence.ts'

export interface Verdict {
  passed: boolean
  /** True where waiting cannot help: at least one probe failed for certain. Never together with `passed`. */
  certain: boolean
  /** One sentence, at most 500 characters: what fails and why, certain failures first. */
  message: string
}

const named = 2

/** A round passes when every probe passes. A round without probes passes, and its message says that nothing was proven. */
export function judge(results: ProbeResult[]): Verdict {
  if (results.length === 0) return { passed: true, certain: false, message: 'there is no probe: nothing was proven' }
  const failed = results.filter((result) => !result.passed).sort((a, b) => Number(b.certain) - Number(a.certain))
  if (failed.length === 0) return { passed: true, certain: false, message: allPassed(results.length) }
  const reasons = failed.slice(0, named).map(({ name, message }) => `${name}: ${message.replace(/\.$/, '')}`)
  const more = failed.length > named ? `; and ${failed.length - named} more` : ''
  return {
    passed: false,
    certain: failed.some((result) => result.certain),
    message: sentence(`${failed.length} of ${results.length} probes failed: ${reasons.join('; ')}${more}`),
  }
}

function allPassed(count: number): string {
  return count === 1 ? 'the probe passed' : `all ${count} probes passed`
}
