// While an operation runs, its connection is silent, which is no news: the host is asked for a sign of life beside it. That a
// connection is dead is known after 45 s only, by its keepalive.
import { type Transport, TransportError } from '../transport/transport.ts'
import type { Clock } from './clock.ts'

const ASK_EVERY_MS = 5_000
const ANSWER_WITHIN_MS = 5_000

/** Calls back with each question that stays without an answer. Returns how that ends; it resolves when nothing is under way. */
export function askForSignsOfLife(
  transport: Transport,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  onSilence: (message: string) => Promise<void>,
): () => Promise<void> {
  let isOver = false
  let asking = Promise.resolve()
  let cancel: () => void
  const ask = async () => {
    try {
      await transport.run(['true'], { timeoutMs: ANSWER_WITHIN_MS, signal })
    } catch (error) {
      if (!isOver && error instanceof TransportError) await onSilence(error.message)
    }
    if (!isOver) later()
  }
  const later = () => {
    cancel = clock.setTimer(ASK_EVERY_MS, () => {
      // What cannot be written down now will stop the pass itself.
      asking = ask().catch(() => undefined)
    })
  }
  later()
  return () => {
    isOver = true
    cancel()
    return asking
  }
}
