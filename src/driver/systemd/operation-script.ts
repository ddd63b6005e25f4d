// Steps → the script that stages an operation, starts it as a unit of its own and waits. Pure; its functions are in `scripts/`.

import type { Operation } from '../../model/operation.ts'
import { sha256 } from '../../plan/canonical.ts'
import { quote } from '../../transport/quote.ts'
import type { Lowered } from './lower.ts'
import { STATE } from './names.ts'
import type { Step } from './step.ts'

/** Texts of the function libraries: `stage` runs while we are connected, `run` within the unit. */
export interface Libraries {
  stage: string
  run: string
}

/** Who sends operations; whatever is absent is not noted on the host. */
export interface Sender {
  /** One line that tells people. */
  name?: string
  /** Lower-case hex SHA-256 that stands for the controller in the records of its components. */
  keeper?: string
}

/** The lock of the host is waited for at most this long; scripts/operate.sh says the same. */
const LOCK_SECONDS = 60
/** Time for an operation to report that its own time is over before systemd ends it. */
const GRACE_SECONDS = 15

export function timeoutSeconds(operation: Operation): number {
  return Math.ceil(operation.timeoutMs / 1000)
}

/** How long the whole script can take on the host, in milliseconds, staging included. */
export function waitMs(operation: Operation): number {
  return (timeoutSeconds(operation) + LOCK_SECONDS + GRACE_SECONDS + 30) * 1000
}

/**
 * The script for `transport.script`. Contents travel as base64 in here-documents, so they show in no argument list, and are
 * compared with their digests before anything starts. A script that was cut short defines functions and calls none.
 */
export function operationScript(
  operation: Operation,
  lowered: Lowered,
  libraries: Libraries,
  mark: string,
  sender: Sender = {},
): string {
  const run = runScript(operation, lowered.steps, libraries.run, sender)
  const uploads = [...lowered.uploads, { path: 'run', content: run }]
  return `mark=${quote(mark)}
state=${quote(STATE)}
operation=${quote(operation.id)}
export LC_ALL=C.UTF-8 TZ=UTC
${libraries.stage}
receive_all() {
${uploads.map((upload) => receive(upload, mark)).join('\n')}
check_received << '${mark}'
${uploads.map(({ path, content }) => `${sha256(content)}  ${path}`).join('\n')}
${mark}
}
stage_and_run ${timeoutSeconds(operation) + LOCK_SECONDS + GRACE_SECONDS} receive_all
`
}

function receive({ path, content }: { path: string; content: string }, mark: string): string {
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,120}/g) ?? []
  return `receive ${quote(path)} << '${mark}' || return\n${lines.map((line) => `${line}\n`).join('')}${mark}`
}

/** What runs within the unit. */
export function runScript(
  operation: Operation,
  steps: Step[],
  library: string,
  { name = '', keeper = '' }: Sender = {},
): string {
  return `state=${quote(STATE)}
operation=${quote(operation.id)}
component=${quote(operation.component)}
fence=${operation.fence}
observed=${operation.observedFence ?? ''}
sender=${quote(name)}
keeper=${quote(keeper)}
generation=${operation.generation}
seconds=${timeoutSeconds(operation)}
${library}
main() {
begin
step 'check the token' accept_fence
taken
step 'clean up after interrupted operations' clean_up_after_others
${steps.map(stepLine).join('\n')}
finish succeeded
}
main
`
}

function stepLine({ name, argv }: Step): string {
  return `step ${[name, ...argv].map(quote).join(' ')}`
}
