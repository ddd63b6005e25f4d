// A direct-tcpip channel as an ordinary Node stream. ssh2's own Channel overrides `destroy`, never sets `destroyed`, and
// ends cleanly when the connection is lost; a reader would take half an answer for a whole one.
import { Duplex } from 'node:stream'
import type { Channel } from 'ssh2'
import type { SshConnection } from './ssh-connection.ts'

/** Ends when the peer ends; fails with a `TransportError` of kind `lost` when the connection goes first. */
export function channelStream(channel: Channel, connection: SshConnection): Duplex {
  const stream = new Duplex({
    read: () => void channel.resume(),
    write: (chunk: Buffer, _encoding, callback) => void channel.write(chunk, callback),
    final: (callback) => {
      channel.end()
      callback()
    },
    destroy: (error, callback) => {
      forget()
      channel.destroy()
      channel.resume()
      callback(error)
    },
  })
  // Whoever reads has its own listener; a stream nobody reads any more must not end the process.
  stream.on('error', () => undefined)
  const forget = connection.onGone(() => stream.destroy(connection.lost(true)))
  channel.on('data', (chunk: Buffer) => {
    if (!stream.destroyed && !stream.push(chunk)) channel.pause()
  })
  channel.once('end', () => stream.push(null))
  // A channel that closes before our end was read leaves writes unanswered; nothing more can be said to the peer.
  channel.once('close', () => {
    if (!stream.writableFinished && !stream.writableEnded) stream.end()
  })
  return stream
}
