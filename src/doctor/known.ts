// What the controller knows already, and whether there is one: states that do not end by themselves.

import { splitKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'
import type { Finding } from './finding.ts'

export interface Known {
  statuses: ComponentStatus[]
  isRunning: boolean
}

const NEXT: Record<string, string> = {
  RolledBack: 'change what is written, or homeostat unquarantine',
  Stalled: 'mend it on the host, then homeostat reconcile',
  Suspended: 'take suspend out of its YAML when the reason is gone',
  Blocked: 'that is what it waits for',
}

/** `known` is undefined where there has never been a controller. */
export function knownFindings(known: Known | undefined): Finding[] {
  if (known === undefined) return []
  const check = 'controller'
  const none = { check, message: 'no controller runs here: nothing is kept as it should be', next: 'homeostat run' }
  const states = known.statuses.flatMap(({ key, conditions }) => {
    const stands = conditions.find(({ type, status }) => status === 'True' && Object.hasOwn(NEXT, type))
    if (stands === undefined) return []
    const { component, host } = splitKey(key)
    const message = `the controller has it as ${stands.type} (${stands.reason}): ${stands.message}`
    return [{ check, host, component, message, next: `homeostat describe ${key}; ${NEXT[stands.type]}` }]
  })
  return [...(known.isRunning ? [] : [none]), ...states]
}
