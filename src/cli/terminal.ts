// The terminal as the verbs see it: where to write, how wide it is, and whether colours are wanted.
import type { Terminal } from './composition.ts'

/** The process's own standard streams. */
export function processTerminal(options: { noColor: boolean }): Terminal {
  endQuietlyOnClosedPipe()
  const { stdout, stderr, env } = process
  const isTty = stdout.isTTY === true
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTty,
    errIsTty: stderr.isTTY === true,
    get columns() {
      return isTty ? stdout.columns : undefined
    },
    get rows() {
      return isTty ? stdout.rows : undefined
    },
    color: isTty && !options.noColor && !env.NO_COLOR && env.TERM !== 'dumb',
  }
}

/** `homeostat get events | head` closes the pipe early: that is no failure of the command. */
function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}
