// One live SSH connection: opens sessions and TCP channels on it, within its limits, and knows when it is gone.
import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import type { HostSpec } from '../model/host.ts'
import { useNativeKeys } from './cipher-keys.ts'
import { type Deadline, unlessAborted } from './deadline.ts'
import { pause } from './pause.ts'
import type { Process } from './running-command.ts'
import { Slots } from './slots.ts'
import { hostLabel, type Ssh2Error, tunnelError } from './ssh-errors.ts'
import { channelProcess, letGo } from './ssh-process.ts'
import { TransportError } from './transport.ts'
import { channelStream } from './tunnel.ts'

export interface SshSettings {
  connectTimeoutMs: number
  keepaliveIntervalMs: number
  keepaliveCountMax: number
  /** Sessions at once; sshd's MaxSessions is 10 unless configured. */
  maxSessions: number
  /** TCP channels at once; they do not count towards MaxSessions. */
  maxTunnels: number
}

type OpenChannel = (callback: (error: Error | undefined, channel: ClientChannel) => void) => void

/** How often a server that refuses even a single session is asked again, 50 ms apart and growing. */
const maxRefusals = 8

/** Each of them takes a file descriptor of sshd, which has 1024. */
const maxLate = 128

export class SshConnection {
  readonly #host: HostSpec
  readonly #client: Client
  readonly #settings: SshSettings
  readonly #sessions: Slots
  readonly #tunnels: Slots
  /** TCP streams that were given up before the host had opened them. */
  #lateCount = 0
  /** Channels the server has confirmed and that have not closed. */
  #openCount = 0
  #goneReason: Error | undefined
  #isClosedByUs = false
  readonly #onGone = new Set<() => void>()
  /** Called when a session is wanted and none is left. */
  onShortage: () => void = () => undefined

  constructor(host: HostSpec, client: Client, settings: SshSettings) {
    this.#host = host
    this.#client = client
    this.#settings = settings
    this.#sessions = new Slots(settings.maxSessions, () => this.onShortage())
    this.#tunnels = new Slots(settings.maxTunnels)
    client.on('error', (error) => this.#gone(error))
    client.on('end', () => this.#gone(new Error('the host closed the connection')))
    client.on('close', () => this.#gone(new Error('the connection was closed')))
  }

  /** Called once, after the login. */
  ready(): void {
    // ssh2 leaves Nagle's algorithm on, which costs 40 ms and more for each small exchange.
    this.#client.setNoDelay(true)
    useNativeKeys(this.#client)
  }

  get isGone(): boolean {
    return this.#goneReason !== undefined
  }

  /** Sessions that this server takes at once, as far as is known. */
  get sessionLimit(): number {
    return this.#sessions.limit
  }

  /** Calls back once, when the connection is gone; at once if it is already. Returns a function that forgets the listener. */
  onGone(listener: () => void): () => void {
    if (this.isGone) listener()
    else this.#onGone.add(listener)
    return () => this.#onGone.delete(listener)
  }

  /** The error for work that the end of this connection cut short: `aborted` when we ended it, else `lost`. */
  lost(sent: boolean): TransportError {
    const next = sent ? 'What was running is in doubt; look before acting' : 'Nothing was started'
    const message = `${hostLabel(this.#host)}: the connection was lost (${this.#goneReason?.message ?? 'channel closed without a result'}). ${next}.`
    return new TransportError(this.#isClosedByUs ? 'aborted' : 'lost', this.#host.name, message, {
      sent,
      cause: this.#goneReason,
    })
  }

  /**
   * Opens a session and starts the line. Whatever goes wrong here, the work itself was not started: that takes the frame on
   * standard input (framed-command.ts), which is only written afterwards.
   */
  async launch(line: (remainingMs: number) => string, deadline: Deadline): Promise<Process> {
    for (let refusals = 1; ; refusals++) {
      const release = await this.#sessions.acquire(deadline.signal)
      try {
        const open: OpenChannel = (callback) => this.#client.exec(line(deadline.remainingMs()), callback)
        return channelProcess(await this.#openSoon(open, release, deadline), this)
      } catch (error) {
        if (!isSessionLimit(error)) throw this.#launchError(error)
        if (refusals >= maxRefusals && this.#openCount === 0) throw this.#noSession(error)
        this.#sessions.lowerTo(this.#sessions.usedCount)
        // Also the server's count of an ended session may lag behind ours for a moment.
        await pause(Math.min(1_000, 50 * refusals), deadline.signal)
      }
    }
  }

  /** A TCP stream from the host to `address:port`. */
  async tunnel(address: string, port: number, deadline: Deadline): Promise<Duplex> {
    const release = await this.#tunnels.acquire(deadline.signal)
    try {
      const open: OpenChannel = (callback) => this.#client.forwardOut('127.0.0.1', 0, address, port, callback)
      const opening = this.#open(open, release)
      this.#freeWhenGivenUp(opening, release, deadline.signal)
      return channelStream(await unlessAborted(opening, deadline.signal, letGo), this)
    } catch (error) {
      if (error instanceof TransportError) throw error
      throw this.isGone ? this.lost(false) : tunnelError(this.#host, address, port, error as Ssh2Error)
    }
  }

  close(): void {
    this.#isClosedByUs = true
    this.#client.end()
    this.#gone(new Error('it was closed on our side'))
  }

  /** As `#open`, of what a host that is well answers at once. */
  async #openSoon(open: OpenChannel, release: () => void, deadline: Deadline): Promise<ClientChannel> {
    const isStale = setTimeout(() => this.#suspect(), this.#settings.connectTimeoutMs)
    const opening = this.#open(open, release)
    opening.catch(() => undefined).finally(() => clearTimeout(isStale))
    return await unlessAborted(opening, deadline.signal, letGo)
  }

  /** `release` is called when the channel is closed, or cannot be had. */
  #open(open: OpenChannel, release: () => void): Promise<ClientChannel> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>()
    try {
      open((error, channel) => (error ? reject(error) : resolve(this.#count(channel, release))))
    } catch (error) {
      // ssh2 throws "Not connected" when its socket is no longer writable.
      this.#gone(error as Error)
      reject(error)
    }
    promise.catch(release)
    return promise
  }

  /** Where nobody answers at its other end, a TCP stream is opened for minutes: who still waits for it need not be in the way. */
  #freeWhenGivenUp(opening: Promise<ClientChannel>, release: () => void, signal: AbortSignal): void {
    const free = (): void => {
      if (this.#lateCount >= maxLate) return
      this.#lateCount++
      release()
      opening.catch(() => undefined).finally(() => this.#lateCount--)
    }
    if (signal.aborted) free()
    else signal.addEventListener('abort', free, { once: true })
    opening.catch(() => undefined).finally(() => signal.removeEventListener('abort', free))
  }

  #count(channel: ClientChannel, release: () => void): ClientChannel {
    this.#openCount++
    channel.once('close', () => {
      this.#openCount--
      release()
    })
    return channel
  }

  /** A new channel got no answer: with nothing else alive on it the connection is taken for dead, so that it is made anew. */
  #suspect(): void {
    if (this.#openCount === 0) this.#gone(new Error('a new channel got no answer'))
  }

  #launchError(error: unknown): unknown {
    if (error instanceof TransportError) return error
    if (this.isGone) return this.lost(false)
    const message = `${hostLabel(this.#host)}: sshd would not run a command (${(error as Error).message}). Nothing was started.`
    return new TransportError('authentication', this.#host.name, message, { sent: false, cause: error })
  }

  #noSession(cause: unknown): TransportError {
    const message = `${hostLabel(this.#host)}: sshd opens no session at all; is MaxSessions 0? Nothing was started.`
    return new TransportError('authentication', this.#host.name, message, { sent: false, cause })
  }

  #gone(reason: Error): void {
    if (this.#goneReason !== undefined) return
    this.#goneReason = reason
    const listeners = [...this.#onGone]
    this.#onGone.clear()
    for (const listener of listeners) listener()
    this.#client.destroy()
  }
}

/** RFC 4254, 5.1: 2 is "connect failed", which sshd answers beyond MaxSessions; 4 is "resource shortage". */
function isSessionLimit(error: unknown): boolean {
  const { reason } = error as Ssh2Error
  return reason === 2 || reason === 4
}
