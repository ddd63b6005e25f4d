// What log shippers send to Loki: JSON, or protobuf within a snappy block. Formats: Loki's pkg/push/push.proto,
// protobuf.dev/programming-guides/encoding, github.com/google/snappy format_description.txt.

export interface Stream {
  labels: Record<string, string>
  /** Nanoseconds since the epoch, and the line. */
  entries: [bigint, string][]
}

/** Throws for what is no push. */
export function readPush(body: Buffer, contentType: string): Stream[] {
  return contentType.startsWith('application/json') ? fromJson(body) : fromProtobuf(unsnappy(body))
}

function fromJson(body: Buffer): Stream[] {
  const { streams } = JSON.parse(body.toString()) as {
    streams: { stream: Record<string, string>; values: [string, string][] }[]
  }
  return streams.map(({ stream, values }) => ({
    labels: stream,
    entries: values.map(([at, line]) => [BigInt(at), line]),
  }))
}

function fromProtobuf(message: Buffer): Stream[] {
  return fields(message).flatMap(({ number, bytes }) => (number === 1 && bytes !== undefined ? [streamOf(bytes)] : []))
}

function streamOf(message: Buffer): Stream {
  const stream: Stream = { labels: {}, entries: [] }
  for (const { number, bytes } of fields(message)) {
    if (number === 1 && bytes !== undefined) stream.labels = readLabels(bytes.toString())
    if (number === 2 && bytes !== undefined) stream.entries.push(entryOf(bytes))
  }
  return stream
}

function entryOf(message: Buffer): [bigint, string] {
  let at = 0n
  let line = ''
  for (const { number, bytes } of fields(message)) {
    if (number === 2 && bytes !== undefined) line = bytes.toString()
    if (number !== 1 || bytes === undefined) continue
    for (const part of fields(bytes)) at += part.number === 1 ? (part.value ?? 0n) * 1_000_000_000n : (part.value ?? 0n)
  }
  return [at, line]
}

/** `{job="a", unit="b"}`. */
export function readLabels(text: string): Record<string, string> {
  const pairs = text.matchAll(/([A-Za-z_][A-Za-z0-9_]*)\s*=\s*("(?:[^"\\]|\\.)*")/g)
  return Object.fromEntries([...pairs].map(([, name, value = '""']) => [name, JSON.parse(value)]))
}

interface Field {
  number: number
  value?: bigint
  bytes?: Buffer
}

function fields(message: Buffer): Field[] {
  const found: Field[] = []
  for (let at = 0; at < message.length; ) {
    const [tag, afterTag] = varint(message, at)
    const [value, afterValue] = varint(message, afterTag)
    const number = Number(tag >> 3n)
    const wire = Number(tag & 7n)
    if (wire === 0) {
      found.push({ number, value })
      at = afterValue
    } else if (wire === 2) {
      at = afterValue + Number(value)
      found.push({ number, bytes: message.subarray(afterValue, at) })
    } else if (wire === 1 || wire === 5) at = afterTag + (wire === 1 ? 8 : 4)
    else throw new Error(`no protobuf: wire type ${wire}`)
  }
  return found
}

function varint(bytes: Buffer, start: number): [bigint, number] {
  let value = 0n
  for (let at = start, shift = 0n; at < bytes.length; at++, shift += 7n) {
    const byte = bytes[at] ?? 0
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return [value, at + 1]
  }
  return [value, bytes.length]
}

function unsnappy(block: Buffer): Buffer {
  const [length, start] = varint(block, 0)
  if (length > 64n * 1024n * 1024n) throw new Error('the snappy block is too large')
  const out = Buffer.alloc(Number(length))
  let end = 0
  for (let at = start; at < block.length; ) {
    const tag = block[at] ?? 0
    if ((tag & 3) === 0) {
      const [size, from] = literal(block, at, tag)
      block.copy(out, end, from, from + size)
      end += size
      at = from + size
      continue
    }
    const [size, offset, next] = copyOf(block, at, tag)
    if (offset === 0 || offset > end) throw new Error('no snappy block')
    // Byte by byte: what is copied may overlap with what is written.
    for (let i = 0; i < size; i++, end++) out[end] = out[end - offset] ?? 0
    at = next
  }
  if (end !== out.length) throw new Error('no snappy block')
  return out
}

function literal(block: Buffer, at: number, tag: number): [size: number, from: number] {
  const short = tag >> 2
  return short < 60 ? [short + 1, at + 1] : [block.readUIntLE(at + 1, short - 59) + 1, at + 1 + short - 59]
}

function copyOf(block: Buffer, at: number, tag: number): [size: number, offset: number, next: number] {
  const kind = tag & 3
  if (kind === 1) return [((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | (block[at + 1] ?? 0), at + 2]
  return kind === 2
    ? [(tag >> 2) + 1, block.readUInt16LE(at + 1), at + 3]
    : [(tag >> 2) + 1, block.readUInt32LE(at + 1), at + 5]
}
