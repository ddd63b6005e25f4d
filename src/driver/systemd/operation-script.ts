// Steps → the script that stages an operation, starts it as a unit of its own and waits. Pure; its functions are in `scripts/`.

import type { Operation } from '../../model/operation.ts'
import { sha256 } from '../../plan/canonical.ts'
import { quote } from '../../transport/quote.ts'
import type { Lowered } from './lower.ts'
import { STATE } from './names.ts'
import type { Step } from './step.ts'
import { directoriesOf, receive, type Upload } from './upload.ts'

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

export function timeoutSeconds(operation: Pick<Operation, 'timeoutMs'>): number {
  return Math.ceil(operation.timeoutMs / 1000)
}

/** How long the whole script can take on the host, in milliseconds, staging included. */
export function waitMs(operation: Pick<Operation, 'timeoutMs'>): number {
  return (timeoutSeconds(operation) + LOCK_SECONDS + GRACE_SECONDS + 30) * 1000
}

/**
 * The script for `transport.script`. Contents are words of a function that hands them to the shell's own `printf`, so they show
 * in no argument list, and are compared with their digests before anything starts. A script that was cut short defines functions
 * and calls none.
 */
export function operationScript(
  operation: Operation,
  lowered: Lowered,
  libraries: Libraries,
  mark: string,
  sender: Sender = {},
): string {
  const run = { path: 'run', content: runScript(operation, lowered, libraries.run, sender) }
  const uploads = [...lowered.uploads, run]
  const seconds = timeoutSeconds(operation) + LOCK_SECONDS + GRACE_SECONDS
  return `mark=${quote(mark)}
state=${quote(STATE)}
operation=${quote(operation.id)}
component=${quote(operation.component)}
export LC_ALL=C.UTF-8 TZ=UTC
${libraries.stage}
receive_run() {
${receive(run)}
}
receive_all() {
${lowered.uploads.map((upload) => `${receive(upload)} || return\n`).join('')}check_received << '${mark}'
${uploads.map((upload) => `${digestOf(upload)}  ${upload.path}`).join('\n')}
${mark}
}
check_ahead() {
${lowered.early.map(({ argv }) => aheadLine(argv, lowered.passedAs, timeoutSeconds(operation))).join('\n') || ':'}
}
stage_and_run ${[seconds, ...directoriesOf(`${STATE}/ops/${operation.id}`, uploads).map(quote)].join(' ')}
`
}

function digestOf(upload: Upload): string {
  return 'kept' in upload ? upload.kept.digest : sha256(upload.content)
}

type Change = Pick<Lowered, 'early' | 'accept' | 'steps'>

/** What runs within the unit. */
export function runScript(
  operation: Operation,
  lowered: Change,
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
kind=${operation.kind}
seconds=${timeoutSeconds(operation)}
restore=${operation.restore?.generation ?? ''}
reverted=
${library}
${changeFunction(lowered)}
main() {
begin
perform change
}
[ "\${homeostat_functions:-}" = only ] || main
`
}

/** The host's own way back from an operation whose functions are still there; what has happened since is nothing that it has to know. */
export function revertScript(fallback: Operation, operation: Operation, lowered: Change): string {
  return `homeostat_functions=only
. ${quote(`${STATE}/ops/${operation.id}/run`)}
operation=${quote(fallback.id)}
op=$state/ops/$operation
work=/run/homeostat/ops/$operation
observed=
sender='this host by itself'
generation=${fallback.generation}
reverted=${operation.generation}
restore=${fallback.restore?.generation ?? ''}
supersede() {
:
}
check_fence() {
read_fence
fence=$((seen_fence + 1))
}
${changeFunction(lowered)}
main
`
}

function changeFunction({ early, accept, steps }: Change): string {
  return `change() {
step 'check the token' check_fence
${early.map((step) => stepLine({ ...step, argv: ['await_check', ...step.argv] })).join('\n')}
${stepLine(accept)}
step 'clean up after interrupted operations' clean_up_after_others
${steps.map(stepLine).join('\n')}
}`
}

/** `argv` is that of a step that checks: scripts/files.sh. */
function aheadLine([, ...command]: string[], passedAs: string | undefined, seconds: number): string {
  return ['check', quote(passedAs ?? ''), String(seconds), ...command.map(quote)].join(' ')
}

function stepLine({ name, argv, isAside }: Step): string {
  return `${isAside === true ? 'aside' : 'step'} ${[name, ...argv].map(quote).join(' ')}`
}
