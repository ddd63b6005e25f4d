// Progress as plain lines: one per state change, for a pipe, a log, a screen reader.
import { escapeControl } from '../model/escape-control.ts'
import type { Event } from '../model/status.ts'
import { age } from './age.ts'
import type { Composition, RunningController } from './composition.ts'

/** Prints every event until the signal; the time shown is since the start. */
export async function followLines(
  running: RunningController,
  composition: Composition,
  signal: AbortSignal,
): Promise<void> {
  const { terminal, nowMs } = composition
  const startedAtMs = nowMs()
  const subscription = running.subscribe()
  signal.addEventListener('abort', () => subscription.close(), { once: true })
  for (const issue of running.issues()) {
    terminal.err(`${issue.file}:${issue.line}:${issue.column} ${escapeControl(issue.message)}\n`)
  }
  for await (const message of subscription) {
    if (message.kind === 'event') terminal.out(`${lineOf(message.event, startedAtMs)}\n`)
    if (message.kind === 'host' && !message.host.reachable) {
      terminal.out(
        `${age(startedAtMs, nowMs()).padStart(6)}  ${message.host.name}  Unreachable  ${escapeControl(message.host.message)}\n`,
      )
    }
  }
}

function lineOf(event: Event, startedAtMs: number): string {
  const subject = (event.key ?? event.host ?? '-').padEnd(26)
  return `${age(startedAtMs, event.atMs).padStart(6)}  ${subject} ${event.reason.padEnd(14)} ${escapeControl(event.message).slice(0, 300)}`
}
