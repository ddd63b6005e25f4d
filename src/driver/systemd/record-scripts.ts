// The two small scripts beside observing and operating: confirming a generation and recalling the kept targets. Pure.
import { quote } from '../../transport/quote.ts'
import { STATE } from './names.ts'

interface Confirmation {
  component: string
  generation: number
  fence: number
}

/** `library` is `scripts/confirm.sh`. */
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

/** `library` is `scripts/recall.sh`. */
export function recallScript(component: string, library: string, mark: string): string {
  return `mark=${quote(mark)}
state=${quote(STATE)}
component=${quote(component)}
${library}
recall < /dev/null
`
}
