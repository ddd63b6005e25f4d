// What comes from hosts, with every known secret masked before anything is decided on it or kept: a checker quotes the line it
// does not like, a service logs its password.
import type { Driver } from '../driver/driver.ts'
import type { Deed } from '../model/deed.ts'
import type { HostObservation, OperationFact, OperationResult } from '../model/observation.ts'
import type { Prober } from '../probe/prober.ts'
import type { Redactor } from './redactor.ts'

/** Characters of output from which on it was probably cut at its beginning, in the middle of a line. */
const PROBABLY_CUT = 4_000

export function scrubbedDriver(driver: Driver, redactor: Redactor): Driver {
  const safely = safelyWith(redactor)
  const scrub = (result: OperationResult): OperationResult => ({
    ...result,
    output: scrubOutput(result.output, redactor),
    ...(result.step === undefined ? {} : { step: redactor.scrub(result.step) }),
  })
  const scrubFact = (fact: OperationFact) => (fact.state === 'done' ? { ...fact, result: scrub(fact.result) } : fact)
  return {
    ...driver,
    observe: async (...words) => {
      const seen = await safely(() => driver.observe(...words))
      const operations = Object.entries(seen.operations).map(([id, fact]) => [id, scrubFact(fact)] as const)
      return operations.length === 0
        ? seen
        : ({ ...seen, operations: Object.fromEntries(operations) } as HostObservation)
    },
    operate: async (...words) => scrub(await safely(() => driver.operate(...words))),
    mendRecord: (...words) => safely(() => driver.mendRecord(...words)),
    watch: (...words) => safely(() => driver.watch(...words)),
    confirm: (...words) => safely(() => driver.confirm(...words)),
    recall: (...words) => safely(() => driver.recall(...words)),
    trace: async (...words) => {
      const { deeds, contents } = await safely(() => driver.trace(...words))
      const scrubbed = (deed: Deed) => ({ ...deed, user: redactor.scrub(deed.user), what: redactor.scrub(deed.what) })
      const texts = [...contents].map(([path, text]) => [path, redactor.scrub(text)] as const)
      return { deeds: deeds.map(scrubbed), contents: new Map(texts) }
    },
    read: (...words) => safely(() => driver.read(...words)),
    inspect: (...words) => safely(() => driver.inspect(...words)),
  }
}

/** What it says was cut to an excerpt already; so are pieces of secrets at the ends of it masked. */
export function scrubbedProber(prober: Prober, redactor: Redactor): Prober {
  const safely = safelyWith(redactor)
  return async (probes, context) => {
    const results = await safely(() => prober(probes, context))
    return results.map((result) => ({ ...result, message: redactor.scrubExcerpt(result.message) }))
  }
}

function scrubOutput(output: string, redactor: Redactor): string {
  if (output.length < PROBABLY_CUT) return redactor.scrubExcerpt(output)
  return redactor.scrubExcerpt(output.startsWith('…') ? output : `…${output}`)
}

/** Errors keep their class, kind and cause; the log scrubs the rest of them when it writes them. */
function safelyWith(redactor: Redactor) {
  return async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Error) error.message = redactor.scrubExcerpt(error.message)
      throw error
    }
  }
}
