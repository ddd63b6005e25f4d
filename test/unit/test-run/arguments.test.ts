// The command line of the test runner.
import { expect, it } from 'vitest'
import { parseArguments } from '../../support/run-arguments.ts'

it('takes seeds for the simulation, and leaves the rest to vitest', () => {
  const { env, vitestArguments } = parseArguments(['--seeds', '5', '--seed', '77', '--pairs', '9', '-t', 'drift'])
  expect(env).toEqual({ HOMEOSTAT_SEEDS: '5', HOMEOSTAT_SEED: '77', HOMEOSTAT_PAIRS: '9' })
  expect(vitestArguments).toEqual(['-t', 'drift'])
  expect(() => parseArguments(['--seeds', 'many'])).toThrow(/--seeds takes a number/)
})
