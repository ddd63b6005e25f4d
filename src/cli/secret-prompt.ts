// A secret from whoever runs the command: typed without echo, or from another program through standard input.
import type { ReadStream } from 'node:tty'
import { CliError } from './exit.ts'

/** Larger than any secret that belongs into a configuration file. */
const MAX_BYTES = 1_048_576
const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f']

/**
 * The value. In a terminal it asks and shows nothing of the answer; otherwise it is all of standard input, without the line
 * break that ends a single line. Throws `CliError` for what is no text or too much.
 */
export async function readSecret(question: string, write: (text: string) => void): Promise<string> {
  const { stdin } = process
  return stdin.isTTY ? typed(stdin, question, write) : piped(stdin)
}

async function piped(stdin: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += chunk.length
    if (size > MAX_BYTES) throw new CliError(`a secret has at most ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes))
    throw new CliError('a secret has to be text; encode bytes, for instance in base64')
  return /^[^\n]*\r?\n$/.test(text) ? text.replace(/\r?\n$/, '') : text
}

function typed(stdin: ReadStream, question: string, write: (text: string) => void): Promise<string> {
  // Before it is asked: who answers at once must not be echoed.
  stdin.setRawMode(true).setEncoding('utf8').resume()
  write(question)
  return new Promise((resolve, reject) => {
    let value = ''
    const end = (settle: () => void) => {
      stdin.off('data', take).setRawMode(false).pause()
      write('\n')
      settle()
    }
    const take = (typed: string | Buffer) => {
      for (const key of String(typed)) {
        if (key === '\r' || key === '\n') return end(() => resolve(value))
        if (key === CTRL_C || key === CTRL_D) return end(() => reject(new CliError('given up; nothing was changed')))
        if (key === BACKSPACE || key === DELETE) value = [...value].slice(0, -1).join('')
        else value += key
      }
    }
    stdin.on('data', take)
  })
}
