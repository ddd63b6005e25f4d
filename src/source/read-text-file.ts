// Reads one file of the desired-state directory: bounded, and nothing but a regular file.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

const MAX_FILE_BYTES = 1024 * 1024

export type TextFile =
  | { kind: 'text'; text: string; changedAtMs: number }
  /** It was there a moment ago. */
  | { kind: 'gone' }
  /** More than a person would write, or not text at all. */
  | { kind: 'unfit'; message: string }
  | { kind: 'failed'; message: string }

/** `path` has no symbolic link in its last part. Never rejects. */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    // Without O_NONBLOCK the opening of a FIFO would wait for a writer.
    await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (!stat.isFile()) return { kind: 'failed', message: 'this is neither a file nor a directory' }
    const bytes = await readUpTo(handle, MAX_FILE_BYTES + 1, stat.size)
    if (bytes.length > MAX_FILE_BYTES)
      return { kind: 'unfit', message: `the file is larger than ${MAX_FILE_BYTES} bytes, expected no more` }
    return { kind: 'text', text: decode(bytes), changedAtMs: stat.ctimeMs }
  } catch (error) {
    return failure(error as NodeJS.ErrnoException)
  }
}

/** `size` is how many bytes there seem to be; more are read all the same. */
async function readUpTo(handle: FileHandle, limitBytes: number, size: number): Promise<Buffer> {
  // Not filled with zeros: nothing but what was read of it is handed on. One byte more than there is shows the end.
  let buffer = Buffer.allocUnsafe(Math.min(limitBytes, size + 1))
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
    length += bytesRead
    if (bytesRead === 0 || length === limitBytes || (length === size && length < buffer.length)) break
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(limitBytes, 2 * length))
  }
  return buffer.subarray(0, length)
}

/** Throws `TypeError` for bytes that are not UTF-8. */
function decode(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}

function failure(error: NodeJS.ErrnoException): TextFile {
  if (error.code === 'ENOENT') return { kind: 'gone' }
  if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return { kind: 'unfit', message: 'the file is not UTF-8 text' }
  return { kind: 'failed', message: `the file cannot be read: ${error.message}` }
}
