// Turns the signals that ask a process to end, and the end of who started it, into one AbortSignal, so that verbs can leave nothing behind.

/** One key press reaches us several times: from the terminal, from npm and from the launcher, all at once. */
const SAME_KEY_PRESS_MS = 500

/**
 * Aborted by the first SIGINT, SIGTERM or SIGHUP. A second one, half a second later or more, ends the process at once with
 * 128 + the signal's number. Aborted too when a parent that keeps a channel to us is gone, however it ended.
 */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController()
  let firstAtMs: number | undefined
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
  for (const [name, number] of Object.entries(numbers) as [keyof typeof numbers, number][]) {
    process.on(name, () => {
      firstAtMs ??= Date.now()
      if (Date.now() - firstAtMs >= SAME_KEY_PRESS_MS) process.exit(128 + number)
      controller.abort(name)
    })
  }
  process.once('disconnect', () => controller.abort('disconnect'))
  // To wait for that is no reason to live.
  process.channel?.unref()
  return controller.signal
}
