// An SSH session channel seen as a running process, with one honest ending.
import type { ClientChannel } from 'ssh2'
import type { Ending, Process } from './running-command.ts'
import type { SshConnection } from './ssh-connection.ts'

/**
 * `ended` resolves only when an exit status or signal came and both streams were delivered to their end: after a reset or
 * a half-closed connection ssh2 closes its channels as if the command had succeeded without output (node-ssh#421).
 */
export function channelProcess(channel: ClientChannel, connection: SshConnection): Process {
  const { promise: ended, resolve, reject } = Promise.withResolvers<Ending>()
  let ending: Ending | undefined
  channel.once('exit', (exitCode: number | null, signal?: string) => {
    ending = signal === undefined ? { exitCode } : { exitCode, signal }
  })
  const forget = connection.onGone(() => reject(connection.lost(true)))
  Promise.all([event(channel, 'close'), event(channel.stderr, 'end')]).then(() => {
    forget()
    if (ending === undefined || connection.isGone) reject(connection.lost(true))
    else resolve(ending)
  })
  return { stdin: channel.stdin, stdout: channel.stdout, stderr: channel.stderr, ended, close: () => letGo(channel) }
}

function event(emitter: NodeJS.EventEmitter, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  emitter.once(name, () => resolve())
  return promise
}

/** Closes a channel that nobody reads any more, so that it gives its place on the connection back. */
export function letGo(channel: ClientChannel): void {
  channel.close()
  // ssh2 reports the close only once all that was received has been read.
  channel.resume()
  channel.stderr.resume()
}
