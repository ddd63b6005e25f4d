// What was really hit: kinds of faults, moments at which the controller was killed, and what came of them. What is never hit proves
// nothing, so that a run of many seeds fails for it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { MOMENTS } from './faults.ts'

/** Everything that can go wrong around the controller. */
export const FAULTS = [
  ...['connection lost before sending', 'connection lost after sending', 'operation begun late', 'slow observation'],
  ...['no new connection', 'garbled answer', 'write refused', 'write kept but not acknowledged'],
  ...['controller killed', 'store lost', 'store put back to an older one', 'wall clock set'],
  ...['host silent', 'most hosts silent', 'host restarted', 'host restarted in the middle of an operation'],
  ...[
    'file edited',
    'file deleted',
    'mode changed',
    'unit stopped',
    'process died',
    'package removed',
    'another program at work',
  ],
  ...['record damaged', 'kept copy spoilt'],
  ...['refused by its validator', 'does not start', 'dies soon', 'never healthy', 'cannot be rendered'],
  ...['sshd broken by a deploy', 'firewall closed by a deploy', 'irreversible change'],
  ...['what lets people in', 'asks another component'],
  ...['changed again', 'disabled or enabled', 'removed', 'added', 'moved', 'change taken back at once'],
  ...['file half written', 'directory vanished', 'file unreadable', 'stray broken file'],
  ...['secret changed', 'secret missing', 'secrets locked'],
  ...['suspended', 'window', 'rollback asked', 'retry asked', 'quarantine lifted'],
] as const

export type Fault = (typeof FAULTS)[number]

/** What the controller, or a host by itself, has to come to at some time. */
export const OUTCOMES = [
  ...['fleet frozen', 'fleet thawed', 'taken back by the host', 'way back put off', 'rolled back', 'rollout halted'],
  ...['waited for its window', 'waited while suspended', 'held for a secret', 'held for a broken source', 'contested'],
  ...['host lock busy', 'fence refused', 'rebuilt from the hosts', 'removal asked about'],
  ...['removal taken back', 'waited for another component'],
] as const

export type Outcome = (typeof OUTCOMES)[number]

/** Each moment; but no component of the seeds leaves keys of a file to somebody else. */
export const CRASH_POINTS = MOMENTS.filter((moment) => moment !== 'read before').map((moment) => `crash: ${moment}`)

export interface Tally {
  seeds: number
  plans: number
  simulatedMs: number
  events: number
  hits: Record<string, number>
}

export const TALLIES = 'coverage/simulation'

export class Coverage {
  readonly tally: Tally = { seeds: 0, plans: 0, simulatedMs: 0, events: 0, hits: {} }

  hit(what: Fault | Outcome | `crash: ${string}`): void {
    this.tally.hits[what] = (this.tally.hits[what] ?? 0) + 1
  }

  /** Keeps it beside those of the other parts, for whoever adds them up: test/support/simulation-notes.ts. */
  save(name: string): void {
    mkdirSync(TALLIES, { recursive: true })
    writeFileSync(`${TALLIES}/${name}.json`, JSON.stringify(this.tally))
  }
}

/** Of this process; seeds of several workers are added up by test/run.ts. */
export const coverage = new Coverage()
