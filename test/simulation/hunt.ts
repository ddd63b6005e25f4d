// Looks for a bug in the sources beside it: seeds first, then every plan. Prints what found it, as JSON, and on stderr what it is
// at, since a bug may end it; for test/zoo.ts.
//   node test/simulation/hunt.ts SEED,SEED,… [WORKLOAD TROUBLE]
import { placesOf, referenceOf, runPlan, type Trouble } from './support/plans.ts'
import { runSeed } from './support/run-seed.ts'
import { workloads } from './support/workloads.ts'

const OWN: readonly Trouble[] = ['crash', 'long crash', 'fail', 'silence', 'clock forward', 'clock back']

export interface Found {
  /** `seed 17`, or `plan "change" crash`. */
  by: string
  message: string
}

async function bySeeds(seeds: number[]): Promise<Found | undefined> {
  for (const seed of seeds) {
    const by = at(`seed ${seed}`)
    const message = await failureOf(() => runSeed(seed))
    if (message !== undefined) return { by, message }
  }
  return undefined
}

async function byPlans(name: string | undefined, troubles: readonly Trouble[]): Promise<Found | undefined> {
  for (const workload of workloads.filter((it) => name === undefined || it.name === name)) {
    for (const trouble of troubles) {
      const by = at(`plan "${workload.name}" ${trouble}`)
      const message = await failureOf(async () => {
        const reference = await referenceOf(workload)
        for (const place of placesOf(reference)) await runPlan(workload, reference, [{ at: place, trouble }])
      })
      if (message !== undefined) return { by, message }
    }
  }
  return undefined
}

function at(what: string): string {
  process.stderr.write(`${what}\n`)
  return what
}

async function failureOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    return (error as Error).message.slice(0, 300)
  }
}

/** With fewer seeds, somebody wants to know of those alone. */
const ENOUGH = 500

const [list = '', workload, trouble] = process.argv.slice(2)
const seeds = list.split(',').filter(Boolean).map(Number)
const found =
  (workload === undefined ? undefined : await byPlans(workload, [trouble as Trouble])) ??
  (await bySeeds(seeds)) ??
  (seeds.length >= ENOUGH ? await byPlans(undefined, OWN) : undefined)
process.stdout.write(`\n${JSON.stringify(found ?? null)}\n`)
