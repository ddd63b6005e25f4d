// From samples to a row: medians, and whether they meet the goal. Pure.
import type { Row } from './comparison.ts'

/** The middle value; of an even number of values, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[half] ?? Number.NaN
  return ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2
}

interface Sides {
  measure: string
  unit: Row['unit']
  ours: readonly number[]
  theirs: { name: string; values: readonly number[] }
}

/** Held to being `factor` times less than the other side. */
export function timesLess({ measure, unit, ours, theirs }: Sides, factor: number): Row {
  const [mine, other] = [median(ours), median(theirs.values)]
  const times = other / mine
  const result = `${number(times)} times less`
  return {
    ...{ measure, unit, ours: mine, theirs: { name: theirs.name, value: other }, result },
    ...{ goal: lessGoal(factor), isMet: times >= factor, samples: Math.min(ours.length, theirs.values.length) },
  }
}

/** Held to being at most `factor` times the other side. */
export function atMostTimes({ measure, unit, ours, theirs }: Sides, factor: number): Row {
  const [mine, other] = [median(ours), median(theirs.values)]
  const times = mine / other
  return {
    ...{ measure, unit, ours: mine, theirs: { name: theirs.name, value: other }, result: `${number(times)} times` },
    ...{ goal: moreGoal(factor), isMet: times <= factor, samples: Math.min(ours.length, theirs.values.length) },
  }
}

/** Held to staying below a figure. */
export function below({ measure, unit, ours }: Omit<Sides, 'theirs'>, limit: number): Row {
  const mine = median(ours)
  return {
    ...{ measure, unit, ours: mine, result: `${number(mine)} ${unit}` },
    ...{ goal: belowGoal(limit, unit), isMet: mine < limit, samples: ours.length },
  }
}

export const lessGoal = (factor: number) => `at least ${factor} times less`
export const moreGoal = (factor: number) => `at most ${factor} times`
export const belowGoal = (limit: number, unit: Row['unit']) => `below ${limit} ${unit}`

/** Three significant digits. */
export function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
