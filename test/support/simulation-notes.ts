// What the simulation of one run came to, added up over its workers.
import { readdir, readFile, rm } from 'node:fs/promises'
import { CRASH_POINTS, FAULTS, OUTCOMES, TALLIES, type Tally } from '../simulation/support/coverage.ts'

/** Called before a run, so that nothing of an earlier one is counted. */
export async function forgetTallies(): Promise<void> {
  await rm(TALLIES, { recursive: true, force: true })
}

/** With fewer seeds something may be missed by chance. */
const ENOUGH = 1_600

export interface Findings {
  /** Sentences for people; none where nothing was run. */
  notes: string[]
  /** What was never hit although enough was tried. */
  missed: string[]
}

export async function simulationFindings(): Promise<Findings> {
  const tallies = await readTallies()
  if (tallies.length === 0) return { notes: [], missed: [] }
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0)
  const hits = (name: string) => sum((tally) => tally.hits[name] ?? 0)
  const seeds = sum((tally) => tally.seeds)
  const years = sum((tally) => tally.simulatedMs) / (365 * 24 * 3_600_000)
  const notes = [
    `${seeds} seeds and ${sum(({ plans }) => plans)} plans, ${years.toFixed(2)} simulated years`,
    told('kinds of faults', FAULTS, hits),
    told('crash points', CRASH_POINTS, hits),
    told('outcomes', OUTCOMES, hits),
  ]
  const all = [...FAULTS, ...CRASH_POINTS, ...OUTCOMES]
  return { notes, missed: seeds < ENOUGH ? [] : all.filter((name) => hits(name) === 0) }
}

function told(what: string, names: readonly string[], hits: (name: string) => number): string {
  const hit = names.filter((name) => hits(name) > 0)
  const [rarest] = [...hit].sort((a, b) => hits(a) - hits(b))
  const least = rarest === undefined ? '' : `, the rarest ${hits(rarest)} times (${rarest})`
  const missed = names.filter((name) => !hit.includes(name))
  return `${hit.length} of ${names.length} ${what} hit${least}${missed.length === 0 ? '' : `; not: ${missed.join(', ')}`}`
}

async function readTallies(): Promise<Tally[]> {
  const names = await readdir(TALLIES).catch(() => [])
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(`${TALLIES}/${name}`, 'utf8')) as Tally))
}
