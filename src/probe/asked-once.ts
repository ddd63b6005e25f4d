// One round asks for the same page once, however many probes expect something of it: of a page of metrics, for instance.
import { canonicalJson } from '../plan/canonical.ts'
import { type Exchange, exchange } from './http-exchange.ts'

/** As `exchange`, for one round: who asks for what was asked for already shares the answer. All of them have the same deadline. */
export function askedOnce(): typeof exchange {
  const answers = new Map<string, Promise<Exchange>>()
  return (asked, wire) => {
    const key = canonicalJson({ ...asked })
    const answer = answers.get(key) ?? exchange(asked, wire)
    answers.set(key, answer)
    return answer
  }
}
