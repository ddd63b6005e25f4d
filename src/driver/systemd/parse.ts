// The framed answer of the observation script → what was seen. Pure and strict: anything odd is an error, never a guess.
import {
  effectKey,
  type HostObservation,
  type OperationFact,
  type PackageFact,
  type UnitFact,
  type UserFact,
  type Wanted,
} from '../../model/observation.ts'
import { AnswerError, expectSections, linesOf, splitSections, wholeNumber } from './frames.ts'
import { STATE } from './names.ts'
import { askable, OBSERVED_SECTIONS, operationUnit } from './observe-script.ts'
import { hostTimeOf, packagesStamp, parseFiles, parseSaidOfFiles } from './parse-files.ts'
import { type Origins, parseOrigins } from './parse-origins.ts'
import { parsePostgres } from './parse-postgres.ts'
import { parseComponents, parseResult } from './parse-records.ts'
import { textsTold } from './parse-told.ts'
import { parseLoaded, parseUnits } from './parse-units.ts'
import { printable, printableLine } from './printable.ts'

export interface Asked {
  host: string
  wanted: Wanted
  mark: string
  startedAtMs: number
  /** What is known of the packages wanted, where they were not asked for. */
  packages?: Record<string, PackageFact>
}

/** An observation, and what it takes to see whether the next one has to ask for packages. */
export interface Look {
  seen: HostObservation
  /** As long as it is the same, so are the packages; undefined: ask. */
  packagesStamp: string | undefined
}

export function parseObservation(output: string, asked: Asked): HostObservation {
  return parseLook(output, asked).seen
}

/** Throws `AnswerError` with what was odd, or with what the host lacks. */
export function parseLook(output: string, asked: Asked): Look {
  const sections = splitSections(output, asked.mark)
  if (sections[0]?.name === 'lacking') {
    throw new AnswerError(
      `the host lacks ${linesOf(sections[0].body, 'missing tools').join(', ')}; a Debian with systemd is needed`,
    )
  }
  const body = expectSections(sections, OBSERVED_SECTIONS)
  const ask = askable(asked.wanted)
  const told = textsTold(body.told)
  const units = parseUnits([...ask.units, ...ask.operationIds.map(operationUnit)], told.units, parseLoaded(told.loaded))
  const operations = parseOperations(ask.operationIds, body.operations.split(`\n${asked.mark}/ `), units)
  const host = parseHost(body.host)
  const files = parseSaidOfFiles(body.files)
  const stamp = packagesStamp(files)
  const { components, damaged } = parseComponents(body.components, told.records)
  const seen = {
    host: asked.host,
    startedAtMs: asked.startedAtMs,
    hostTimeMs: hostTimeOf(files),
    ...host,
    files: withDefaults(asked.wanted.paths, parseFiles(ask.paths, files, body), {
      state: 'other',
      what: 'not a path that can be managed',
    }),
    units: withDefaults(asked.wanted.units, units, noSuchUnit),
    ...(asked.wanted.effects === undefined ? {} : { lost: parseEffects(ask.effects, body.effects) }),
    packages: asked.packages ?? parsePackages(asked.wanted, body),
    users: withDefaults(asked.wanted.users, parseUsers(body.users), { exists: false, home: '', groups: [] }),
    ...(asked.wanted.postgres === undefined ? {} : { postgres: parsePostgres(body.postgres) }),
    operations: withDefaults(asked.wanted.operationIds, operations, { state: 'unknown' }),
    components,
    damaged: [...host.damaged, ...damaged],
  } satisfies HostObservation
  return { seen, packagesStamp: stamp === undefined ? undefined : `${host.bootId} ${stamp}` }
}

/** What systemd says of a name that it does not know. */
const noSuchUnit: UnitFact = {
  load: 'not-found',
  active: 'inactive',
  sub: 'dead',
  enabled: '',
  result: 'success',
  restarts: 0,
  invocationId: '',
  stateChangedAtMs: 0,
  needsDaemonReload: false,
}

function withDefaults<Fact>(names: string[], facts: Record<string, Fact>, missing: Fact): Record<string, Fact> {
  return Object.fromEntries(
    names.map((name) => [name, Object.hasOwn(facts, name) ? (facts[name] ?? missing) : missing]),
  )
}

/** Why they hold no more, by command. */
function parseEffects(effects: string[][], body: string): Record<string, string> {
  const lost = linesOf(body, 'effects').map((line): [string, string] => {
    const [, number = '', said = ''] = /^([0-9]{1,4}) (.*)$/.exec(line) ?? []
    const argv = effects[Number(number)]
    if (number === '' || argv === undefined) throw new AnswerError(`odd effect ${printableLine(line)}`)
    return [effectKey(argv), printable(said, 500).trim() || 'holds no more']
  })
  return Object.fromEntries(lost)
}

const HOST = /^boot (?<boot>[0-9a-f-]{36})\nmachine (?<machine>[0-9a-f]{32})\nfence (?<fence>[0-9]+) (?<odd>[^\n]*)\n$/

function parseHost(body: string): Pick<HostObservation, 'bootId' | 'machineId' | 'fence' | 'damaged'> {
  const { boot = '', machine = '', fence = '', odd = '' } = HOST.exec(body)?.groups ?? {}
  if (boot === '') throw new AnswerError(`odd facts of the host: ${printableLine(body)}`)
  const what = `it says ${printableLine(odd)}, which is no token; the highest of the operations kept beside it counts`
  return {
    bootId: boot,
    machineId: machine,
    fence: wholeNumber(fence, 'fence'),
    damaged: odd === '' ? [] : [{ path: `${STATE}/fence`, what }],
  }
}

function parsePackages({ packages, origins = [] }: Wanted, body: { packages: string; origins: string }) {
  const facts = withDefaults(packages, parseInstalled(body.packages), { installed: false, version: '' })
  return withOrigins(facts, origins, parseOrigins(body.origins))
}

function parseInstalled(body: string): Record<string, PackageFact> {
  const facts = new Map<string, PackageFact>()
  for (const line of linesOf(body, 'packages')) {
    const [name = '', architecture = '', status = '', flag = '', version = ''] = line.split('\t')
    if (line.split('\t').length !== 5) throw new AnswerError(`odd package ${printableLine(line)}`)
    const fact = packageFact(status, flag, version)
    for (const key of [name, `${name}:${architecture}`]) {
      // The same package of another architecture does not hide one that is installed.
      if (facts.get(key)?.installed !== true) facts.set(key, fact)
    }
  }
  return Object.fromEntries(facts)
}

function withOrigins(facts: Record<string, PackageFact>, names: string[], origins: Map<string, Origins>) {
  const asked = Object.entries(facts).map(([name, fact]) =>
    names.includes(name) && fact.installed
      ? [name, { ...fact, ...(origins.get(name) ?? { origins: [], offeredBy: [] }) }]
      : [name, fact],
  )
  return Object.fromEntries(asked) as Record<string, PackageFact>
}

function packageFact(status: string, flag: string, version: string): PackageFact {
  if (status === 'installed') return { installed: true, version, ...(flag === 'ok' ? {} : { broken: flag }) }
  if (status === 'not-installed' || status === 'config-files') return { installed: false, version: '' }
  return { installed: false, version: '', broken: status }
}

function parseUsers(body: string): Record<string, UserFact> {
  const lines = linesOf(body, 'users')
  const facts: Record<string, UserFact> = {}
  for (let index = 0; index < lines.length; index += 2) {
    const entry = lines[index]?.split(':') ?? []
    const [name = '', , , , , home = ''] = entry
    if (entry.length !== 7) throw new AnswerError(`odd user ${printableLine(lines[index] ?? '')}`)
    facts[name] = { exists: true, home, groups: (lines[index + 1] ?? '').split(' ').filter((group) => group !== '') }
  }
  return facts
}

function parseOperations(
  ids: string[],
  [before = '', ...said]: string[],
  units: Record<string, UnitFact>,
): Record<string, OperationFact> {
  if (before !== '' || said.length !== ids.length) throw new AnswerError(`odd operations: ${printableLine(before)}`)
  return Object.fromEntries(
    ids.map((id, index) => [id, operationFact(id, said[index] ?? '', units[operationUnit(id)])]),
  )
}

function operationFact(id: string, said: string, unit: UnitFact | undefined): OperationFact {
  const head = said.slice(0, said.indexOf('\n'))
  const [name, began] = head.split(' ')
  if (name !== id || (began !== 'begun' && began !== 'ended' && began !== 'unknown'))
    throw new AnswerError(`odd operation ${printableLine(head)}`)
  if (began === 'ended') return endedFact(id, said.slice(head.length + 1))
  if (unit !== undefined && unit.active !== 'inactive' && unit.active !== 'failed') return { state: 'running' }
  return { state: began === 'begun' ? 'interrupted' : 'unknown' }
}

/** A result that is damaged tells nothing: how far the operation came is for the rest of the look to say. */
function endedFact(id: string, text: string): OperationFact {
  try {
    return { state: 'done', result: parseResult(id, linesOf(text, 'lines')) }
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error
    return { state: 'interrupted', why: `its result ${STATE}/ops/${id}/result is damaged: ${error.message}` }
  }
}
