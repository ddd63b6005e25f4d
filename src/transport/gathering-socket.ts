// A TCP socket for ssh2, which writes each packet by itself: a channel that is opened, fed and closed is five system calls, and
// each wakes the other side. What is written in one turn of the event loop goes out together here.
import { Socket } from 'node:net'

export class GatheringSocket extends Socket {
  #isGathering = false

  // biome-ignore lint/suspicious/noExplicitAny: whatever the overloads of `write` take goes through
  override write(...args: any[]): boolean {
    this.#gather()
    return super.write(...(args as Parameters<Socket['write']>))
  }

  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.cork()
    setImmediate(() => {
      this.#isGathering = false
      this.uncork()
    })
  }
}
