// The small scripts beside observing and operating: confirming a generation, mending a record, recalling and checking what is kept. Pure.

import { quote } from '../../transport/quote.ts'
import type { Remembered } from '../driver.ts'
import { STATE } from './names.ts'

interface Confirmation {
  component: string
  generation: number
  fence: number
}

/** `library` is `answer.sh`, `fence.sh` and `confirm.sh` of `scripts/`. */
export function confirmScript({ component, generation, fence }: Confirmation, library: string, mark: string): string {
  return `mark=${quote(mark)}
state=${quote(STATE)}
component=${quote(component)}
generation=${generation}
fence=${fence}
export LC_ALL=C.UTF-8 TZ=UTC
${library}
confirm < /dev/null
`
}

interface HoldingOff {
  component: string
  operationId: string
  /** 0: for ever. */
  seconds: number
}

/** `library` is `answer.sh` and `hold-off.sh` of `scripts/`. */
export function holdOffScript({ component, operationId, seconds }: HoldingOff, library: string, mark: string): string {
  return `mark=${quote(mark)}
state=${quote(STATE)}
component=${quote(component)}
held=${quote(operationId)}
seconds=${seconds}
export LC_ALL=C.UTF-8 TZ=UTC
${library}
hold_off < /dev/null
`
}

interface Mending extends Remembered {
  /** What was seen together with the damage. */
  fence: number
  /** Who mends it; empty: nobody is named. */
  keeper: string
}

/** `library` is `answer.sh`, `fence.sh` and `mend.sh` of `scripts/`. */
export function mendScript(component: string, mending: Mending, library: string, mark: string): string {
  const { generation, lastGood = '', rejected, fence, keeper } = mending
  return `mark=${quote(mark)}
state=${quote(STATE)}
component=${quote(component)}
generation=${generation}
verified=${quote(lastGood)}
rejected=${quote(rejected.join(' '))}
keeper=${quote(keeper)}
fence=${fence}
export LC_ALL=C.UTF-8 TZ=UTC
${library}
mend < /dev/null
`
}

/** `library` is `scripts/kept.sh`. */
export function inspectScript(component: string, revision: string, library: string, mark: string): string {
  return `mark=${quote(mark)}
state=${quote(STATE)}
component=${quote(component)}
revision=${quote(revision)}
export LC_ALL=C.UTF-8 TZ=UTC
${library}
inspect < /dev/null
`
}

/** `library` is `scripts/recall.sh`. */
export function recallScript(component: string, library: string, mark: string): string {
  return `mark=${quote(mark)}
state=${quote(STATE)}
component=${quote(component)}
${library}
recall < /dev/null
`
}
