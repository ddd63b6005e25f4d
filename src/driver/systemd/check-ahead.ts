// Has the first check of a change made on its host before there is an operation; see scripts/ahead.sh for what becomes of it.
import type { Reveal } from '../../model/secret-reference.ts'
import type { Target } from '../../model/target.ts'
import type { Transport } from '../../transport/transport.ts'
import { aheadScript } from './ahead-script.ts'
import { targetProblems } from './operation-problems.ts'
import { sendable } from './sendable.ts'

/** A check that takes longer than this is not made ahead. */
const AHEAD_SECONDS = 20
const TIMEOUT_MS = (AHEAD_SECONDS + 10) * 1000

/** `library` is `receive.sh` and `ahead.sh` of `scripts/`. What it returns begins and never throws; one check on a host at a time. */
export function checksAhead(reveal: Reveal, library: string): (transport: Transport, target: Target) => void {
  const busy = new WeakSet<Transport>()
  return (transport, target) => {
    const script = busy.has(transport) ? undefined : scriptFor(target, reveal, library)
    if (script === undefined) return
    busy.add(transport)
    const over = () => void busy.delete(transport)
    transport.script(script, { timeoutMs: TIMEOUT_MS }).then(over, over)
  }
}

/** Undefined where nothing is checked, or where it may not be sent. */
function scriptFor(target: Target, reveal: Reveal, library: string): string | undefined {
  if (targetProblems(target).length > 0) return undefined
  const sent = sendable(target, reveal)
  return 'problem' in sent || sent.target === undefined ? undefined : aheadScript(sent.target, library, AHEAD_SECONDS)
}
