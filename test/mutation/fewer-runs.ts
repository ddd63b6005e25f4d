// Stands for fast-check while mutants are tried: a property that is held against thousands of them is tried less often each time,
// the same for all, and the first counterexample will do.
import fc, { type IRawProperty, type Parameters } from '../../node_modules/fast-check/lib/fast-check.js'

const MOST_RUNS = 60

const assert = (property: IRawProperty<unknown>, given: Parameters<unknown> = {}) =>
  fc.assert(property, {
    ...given,
    numRuns: Math.min(given.numRuns ?? MOST_RUNS, MOST_RUNS),
    seed: 1,
    endOnFailure: true,
  })

export default { ...fc, assert }
