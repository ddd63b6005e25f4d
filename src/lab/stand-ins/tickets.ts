// What a sign-on hands out and knows again: signed texts with an end, each good for one purpose. Nothing has to be kept.
import { createHmac, timingSafeEqual } from 'node:crypto'

const LIFETIME_MS = 3_600_000

export type Purpose = 'state' | 'code' | 'access' | 'session'

export class Tickets {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  /** Letters, digits, `-`, `_` and `.` alone; good for an hour. */
  write(purpose: Purpose, text: string): string {
    const content = Buffer.from(JSON.stringify([Date.now() + LIFETIME_MS, text])).toString('base64url')
    return `${content}.${this.#sign(purpose, content)}`
  }

  /** Its text; undefined for what was not written here, for this purpose, within the hour. */
  read(purpose: Purpose, ticket: string): string | undefined {
    const [content = '', signature = ''] = ticket.split('.')
    const expected = this.#sign(purpose, content)
    if (signature.length !== expected.length || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected)))
      return undefined
    const [endMs, text] = JSON.parse(Buffer.from(content, 'base64url').toString()) as [number, string]
    return Date.now() < endMs ? text : undefined
  }

  #sign(purpose: Purpose, content: string): string {
    return createHmac('sha256', this.#key).update(`${purpose}\0${content}`).digest('base64url')
  }
}
