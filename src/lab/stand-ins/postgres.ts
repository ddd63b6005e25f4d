// As much of PostgreSQL's protocol as it takes to sign on by password and run a statement (postgresql.org/docs/current/protocol.html).
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as secure } from 'node:tls'

export interface Database {
  host: string
  port: number
  name: string
  user: string
  password: string
  isEncrypted: boolean
}

const TIMEOUT_MS = 5_000

/** Signs on, runs one statement and returns its rows. @throws Error with the server's own words */
export async function query(database: Database, statement: string): Promise<string[][]> {
  const socket = await open(database)
  const messages = new Messages(socket)
  try {
    const startup = ['user', database.user, 'database', database.name, ''].join('\0')
    socket.write(framed('', Buffer.concat([int32(196_608), Buffer.from(`${startup}\0`)])))
    await signOn(socket, messages, database)
    socket.write(framed('Q', Buffer.from(`${statement}\0`)))
    return await rowsOf(messages)
  } finally {
    socket.destroy()
  }
}

async function open({ host, port, isEncrypted }: Database): Promise<Socket> {
  const socket = connect(port, host)
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`${host}:${port} did not answer in time`)))
  await happens(socket, 'connect')
  if (!isEncrypted) return socket
  socket.write(Buffer.concat([int32(8), int32(80_877_103)]))
  const answer = await new Promise<Buffer>((resolve, reject) => socket.once('data', resolve).once('error', reject))
  if (answer.toString() !== 'S') throw new Error('pq: SSL is not enabled on the server')
  // As `require` has it: encrypted, by whoever answers.
  const inner = secure({ socket, rejectUnauthorized: false })
  await happens(inner, 'secureConnect')
  return inner
}

function happens(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => socket.once(event, () => resolve()).once('error', reject))
}

async function signOn(socket: Socket, messages: Messages, { user, password }: Database): Promise<void> {
  let scram: Scram | undefined
  for (;;) {
    const { type, body } = await messages.next()
    if (type === 'Z') return
    if (type !== 'R') continue
    const kind = body.readInt32BE(0)
    if (kind === 3) socket.write(framed('p', Buffer.from(`${password}\0`)))
    else if (kind === 10) {
      scram = new Scram(password)
      const first = Buffer.from(scram.first)
      socket.write(framed('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), int32(first.length), first])))
    } else if (kind === 11 && scram !== undefined)
      socket.write(framed('p', Buffer.from(scram.answer(body.subarray(4).toString()))))
    else if (kind !== 0 && kind !== 12) throw new Error(`pq: unknown authentication ${kind} for ${user}`)
  }
}

/** SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677). */
class Scram {
  readonly first: string
  readonly #bare = `n=,r=${randomBytes(18).toString('base64')}`
  readonly #password: string
  constructor(password: string) {
    this.#password = password
    this.first = `n,,${this.#bare}`
  }

  answer(challenge: string): string {
    const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)/.exec(challenge) ?? []
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
    const clientKey = createHmac('sha256', salted).update('Client Key').digest()
    const stored = createHash('sha256').update(clientKey).digest()
    const final = `c=biws,r=${nonce}`
    const signature = createHmac('sha256', stored).update(`${this.#bare},${challenge},${final}`).digest()
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
    return `${final},p=${Buffer.from(proof).toString('base64')}`
  }
}

async function rowsOf(messages: Messages): Promise<string[][]> {
  const rows: string[][] = []
  for (;;) {
    const { type, body } = await messages.next()
    if (type === 'Z') return rows
    if (type === 'D') rows.push(rowOf(body))
  }
}

function rowOf(body: Buffer): string[] {
  const columns: string[] = []
  let at = 2
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const length = body.readInt32BE(at)
    columns.push(length < 0 ? '' : body.toString('utf8', at + 4, at + 4 + length))
    at += 4 + Math.max(length, 0)
  }
  return columns
}

interface Message {
  type: string
  body: Buffer
}

/** The server's messages, one by one; its errors are thrown. */
class Messages {
  #buffer = Buffer.alloc(0)
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake()
    })
    const fail = (error: Error) => {
      this.#failure ??= error
      this.#wake()
    }
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the server closed the connection')))
  }

  async next(): Promise<Message> {
    for (;;) {
      const length = this.#buffer.length < 5 ? Number.POSITIVE_INFINITY : this.#buffer.readInt32BE(1) + 1
      if (this.#buffer.length >= length) return this.#take(length)
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #take(length: number): Message {
    const message = { type: this.#buffer.toString('latin1', 0, 1), body: this.#buffer.subarray(5, length) }
    this.#buffer = this.#buffer.subarray(length)
    if (message.type === 'E') throw new Error(`pq: ${/\0M([^\0]*)/.exec(`\0${message.body}`)?.[1] ?? 'error'}`)
    return message
  }
}

function framed(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
