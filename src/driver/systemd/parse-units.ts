// The units of an observation: `systemctl show` blocks and our own notes → facts. Pure.
import type { LoadedRecord, UnitFact } from '../../model/observation.ts'
import { AnswerError, wholeNumber } from './frames.ts'
import { isDigest } from './names.ts'
import { printableLine } from './printable.ts'

/** Facts by unit: one block each, in the order of `names`. */
export function parseUnits(names: string[], body: string, loaded: Map<string, LoadedRecord>): Record<string, UnitFact> {
  const blocks = body.trim() === '' ? [] : body.trimEnd().split('\n\n')
  if (blocks.length !== names.length) {
    throw new AnswerError(`systemctl answered for ${blocks.length} units, not ${names.length}: ${printableLine(body)}`)
  }
  return Object.fromEntries(names.map((name, index) => [name, unitFact(blocks[index] ?? '', loaded.get(name))]))
}

function unitFact(block: string, loaded: LoadedRecord | undefined): UnitFact {
  const values = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const value = (property: string): string => {
    const text = values.get(property)
    if (text === undefined) throw new AnswerError(`systemctl did not tell ${property}: ${printableLine(block)}`)
    return text
  }
  return {
    load: value('LoadState'),
    active: value('ActiveState'),
    sub: value('SubState'),
    enabled: value('UnitFileState'),
    // Only services and their like have a result and are restarted; a target has neither.
    result: values.get('Result') ?? '',
    restarts: values.has('NRestarts') ? wholeNumber(value('NRestarts'), 'NRestarts') : 0,
    invocationId: value('InvocationID'),
    stateChangedAtMs: systemdTime(value('StateChangeTimestamp')),
    needsDaemonReload: value('NeedDaemonReload') === 'yes',
    ...(loaded === undefined ? {} : { loaded }),
  }
}

/** In milliseconds since the epoch. */
function systemdTime(text: string): number {
  const timeMs = parseTime(text)
  if (Number.isNaN(timeMs)) throw new AnswerError(`odd time ${printableLine(text)}`)
  return timeMs
}

/** `Mon 2026-11-23 12:05:44.616521 UTC` (systemctl --timestamp=us+utc) in milliseconds since the epoch; empty is 0, odd is NaN. */
function parseTime(text: string): number {
  if (text === '' || text === 'n/a') return 0
  const match = /^[A-Z][a-z]{2} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{3})\d*)? UTC$/.exec(text)
  return match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}.${match[3] ?? '000'}Z`)
}

/**
 * Lines of `unit invocation digest time`, as `note_loaded` of scripts/units.sh writes them. An odd one counts as none: what that
 * process has loaded is then judged by the times of its files.
 */
export function parseLoaded(body: string): Map<string, LoadedRecord> {
  const notes = new Map<string, LoadedRecord>()
  for (const line of body.split('\n')) {
    const [, unit, invocationId = '', digest = '', time = ''] = /^(\S+) ([0-9a-f]*) (\S+) (.*)$/.exec(line) ?? []
    const stateChangedAtMs = parseTime(time)
    if (unit !== undefined && isDigest(digest) && !Number.isNaN(stateChangedAtMs))
      notes.set(unit, { invocationId, digest, stateChangedAtMs })
  }
  return notes
}
