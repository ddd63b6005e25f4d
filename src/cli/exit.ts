// How a command ends: the exit codes, and the error whose message is all that a person gets to see.

export const exitCodes = {
  good: 0,
  /** There are problems, a difference, or something is not healthy. */
  problems: 1,
  /** The command itself failed or was called wrongly. */
  failed: 2,
  rolledBack: 3,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** An expected end of a command: `message` goes to standard error as it is, without a stack trace. */
export class CliError extends Error {
  override name = 'CliError'
  readonly exitCode: ExitCode
  constructor(message: string, exitCode: ExitCode = exitCodes.failed, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}
