// The log: one JSON line per state change with a constant message and keys, or the same in colours for a person at a terminal.
import { type Level, type Logger, pino, stdTimeFunctions } from 'pino'
import { escapeSerialized } from '../model/escape-control.ts'
import { createPrettifier } from './pretty-line.ts'
import type { Redactor } from './redactor.ts'

export type { Logger } from 'pino'

/** Longest line that is written, in characters; the rest is cut off. */
const MAX_LINE_CHARACTERS = 65_536

export interface LoggerOptions {
  /** Where lines go; standard error in the program. */
  stream: { write(text: string): unknown }
  /** `pretty` for a person at a terminal, `json` for everything else. */
  format: 'json' | 'pretty'
  /** Default true with `pretty`. */
  color?: boolean
  /** Default `info`. */
  level?: Level | 'silent'
  redactor: Redactor
}

/**
 * A pino logger. Use it as `log.info({ revision }, 'applied')`: the message is a constant, what varies are keys. Errors go
 * under `err`, with their causes. Make a child for each component with `log.child({ key })`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const pretty = createPrettifier(options.color ?? true)
  const write = (line: string) => {
    const safe = escapeSerialized(options.redactor.scrub(line.trimEnd()))
    options.stream.write(`${cut(options.format === 'pretty' ? pretty(safe) : safe, options.format)}\n`)
  }
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      depthLimit: 8,
      edgeLimit: 200,
    },
    { write },
  )
}

function cut(line: string, format: 'json' | 'pretty'): string {
  if (line.length <= MAX_LINE_CHARACTERS) return line
  if (format === 'pretty') return `${line.slice(0, MAX_LINE_CHARACTERS)}…`
  // A line of JSON cut in the middle is no JSON any more: what identifies it is kept, and its beginning as text.
  const { level, time, key, host, msg } = JSON.parse(line) as Record<string, unknown>
  return JSON.stringify({
    level,
    time,
    key,
    host,
    msg,
    omitted: `${line.length} characters`,
    begins: line.slice(0, 4096),
  })
}
