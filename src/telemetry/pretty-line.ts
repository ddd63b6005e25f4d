// One JSON log line as a person reads it: time, level, component, message, then the keys. Errors with their stack below.
import { escapeControl } from '../model/escape-control.ts'

const colors: Record<string, number> = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 35 }

/** Returns a function from a JSON line to text without a final line feed; a line that is not JSON comes back as it is. */
export function createPrettifier(color: boolean): (line: string) => string {
  const paint = (code: number, text: string) => (color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text)
  return (line) => {
    const record = parse(line)
    if (record === undefined) return line
    const { level, time, msg, key, err, ...rest } = record
    const fields = Object.entries(rest).map(([name, value]) => `${paint(90, `${name}=`)}${shown(value)}`)
    const head = [
      paint(90, clockTime(time)),
      paint(
        colors[String(level)] ?? 0,
        String(level ?? '')
          .toUpperCase()
          .padEnd(5),
      ),
      paint(36, shown(key)),
      shown(msg),
      ...fields,
    ]
    return [head.filter((part) => part !== '').join(' '), ...errorLines(err)].join('\n')
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return value !== null && typeof value === 'object' ? { ...value } : undefined
  } catch {
    // What cannot be taken apart is shown whole.
    return undefined
  }
}

function clockTime(time: unknown): string {
  const date = new Date(String(time))
  return Number.isNaN(date.getTime()) ? '' : date.toTimeString().slice(0, 8)
}

function shown(value: unknown): string {
  if (value === undefined) return ''
  return escapeControl(typeof value === 'string' ? value : JSON.stringify(value))
}

function errorLines(error: unknown): string[] {
  if (error === undefined) return []
  const { stack, aggregateErrors = [] } = (error ?? {}) as { stack?: unknown; aggregateErrors?: unknown[] }
  const lines = (typeof stack === 'string' ? stack : shown(error))
    .split('\n')
    .map((line) => `    ${escapeControl(line)}`)
  return [...lines, ...aggregateErrors.flatMap(errorLines)]
}
