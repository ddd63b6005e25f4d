// The terminal as the verbs see it: where to write, how wide it is, and whether colours are wanted.
import type { Terminal } from './composition.ts'

/** The process's own standard streams. `onGone`: nobody reads standard output any more; it may be called again. */
export function processTerminal(options: { noColor: boolean; onGone: () => void }): Terminal {
  process.stdout.on('error', (error) => ofNoReader(error, options.onGone))
  // What nobody can read is no reason to leave anything half done.
  process.stderr.on('error', (error) => ofNoReader(error, () => undefined))
  const { stdout, stderr, env } = process
  const isTty = stdout.isTTY === true
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTty,
    errIsTty: stderr.isTTY === true,
    // A serial console has a size of 0 until somebody sets one.
    get columns() {
      return (isTty && stdout.columns) || undefined
    },
    get rows() {
      return (isTty && stdout.rows) || undefined
    },
    color: isTty && !options.noColor && !env.NO_COLOR && env.TERM !== 'dumb',
  }
}

/** `homeostat get events | head` closes the pipe early, a window with a terminal is closed: that is no failure of the command. */
function ofNoReader(error: NodeJS.ErrnoException, then: () => void): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  then()
}
