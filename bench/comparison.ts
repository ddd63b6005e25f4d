// What a comparison is: one file that measures both sides in the same run and says which goal they are held to.
import type { Lab } from '../src/lab/lab.ts'

export interface Row {
  /** What was measured: `quiet pass, wall time`. */
  measure: string
  unit: 'ms' | 'MB' | '%'
  /** Median of ours; undefined when it could not be measured. */
  ours?: number
  /** The other side, measured in the same run. */
  theirs?: { name: string; value: number }
  /** The figure that the goal is about, as it is shown: `123 times less`. */
  result?: string
  /** In words: `at least 100 times less`. */
  goal: string
  isMet?: boolean
  /** Measurements on each side. */
  samples: number
  /** Why there is no figure. */
  notMeasured?: string
}

export interface Context {
  /** Without the host that plays what others run. */
  lab: Lab
  wholeLab: Lab
  /** A private directory that is removed at the end. */
  workDir: string
  /** A copy of `bench/desired-state/`, with the shipped rules, that comparisons may write to. */
  desiredStateDir: string
  /** State directory of the controller that deployed it. */
  stateDir: string
  /** OpenSSH configuration for the lab's hosts by name, with a ControlMaster that stays. */
  sshConfig: string
  /** Measurements on each side. */
  samples: number
  report(message: string): void
}

export interface Comparison {
  name: string
  /** It makes the hosts anew, and needs nothing on them before. Default false. */
  isApart?: true
  /** Measured in a row that says so when `run` throws. */
  measures: { measure: string; unit: Row['unit']; goal: string }[]
  run(context: Context): Promise<Row[]>
}
