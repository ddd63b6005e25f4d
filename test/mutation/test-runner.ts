// A test runner for Stryker: loads the test files of one part and calls those tests that run the code that was changed.
import { globSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { collect, type Test, tests } from './in-process-tests.ts'

const standIns: Record<string, string> = {
  vitest: new URL('in-process-tests.ts', import.meta.url).href,
  'fast-check': new URL('fewer-runs.ts', import.meta.url).href,
}

const isStandIn = (url: string | undefined) => url !== undefined && Object.values(standIns).includes(url)

/** Goes up when everything of the project has to be loaded anew; what it depends on stays. */
let version = 0

registerHooks({
  resolve: (specifier, context, next) => {
    // They themselves mean what they say.
    const url = isStandIn(context.parentURL) ? undefined : standIns[specifier]
    if (url !== undefined) return { url, shortCircuit: true }
    const resolved = next(specifier, context)
    const isOurs = resolved.url.startsWith('file:') && !resolved.url.includes('/node_modules/')
    return isOurs && !isStandIn(resolved.url) ? { ...resolved, url: `${resolved.url}?${version}` } : resolved
  },
})

/** What instrumented code looks at and writes down (Stryker's `instrumenter`). */
interface Switch {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number
  hitLimit?: number | undefined
  mutantCoverage?: unknown
}
const mutants: Switch = {}
Object.assign(globalThis, { __stryker__: mutants })

interface MutantRun {
  /** Ids of the tests that run the changed code; absent where all of them may. */
  testFilter?: string[]
  hitLimit?: number
  activeMutant: { id: string }
  /** `static`: it has to be there while the files are loaded. */
  mutantActivation: 'runtime' | 'static'
  reloadEnvironment: boolean
}

let loaded: Promise<readonly Test[]> | undefined

function load(): Promise<readonly Test[]> {
  loaded ??= (async () => {
    tests.length = 0
    const patterns = (process.env.HOMEOSTAT_MUTATION_TESTS ?? '').split(' ')
    for (const path of globSync(patterns).sort()) await collect(join(process.cwd(), path))
    return tests
  })()
  return loaded
}

async function failureOf(test: Test): Promise<string | undefined> {
  mutants.currentTestId = test.id
  try {
    await test.run()
    return undefined
  } catch (error) {
    return String(error)
  } finally {
    mutants.currentTestId = undefined
  }
}

async function dryRun() {
  const results = []
  for (const test of await load()) {
    const startedAt = performance.now()
    const failureMessage = await failureOf(test)
    const result = { id: test.id, name: test.id, fileName: test.fileName, timeSpentMs: performance.now() - startedAt }
    results.push(failureMessage === undefined ? { ...result, status: 0 } : { ...result, status: 1, failureMessage })
  }
  return { status: 'complete', tests: results, mutantCoverage: mutants.mutantCoverage }
}

async function mutantRun({ testFilter, hitLimit, activeMutant, ...how }: MutantRun) {
  Object.assign(mutants, { hitCount: 0, hitLimit })
  if (how.mutantActivation === 'static') mutants.activeMutant = activeMutant.id
  if (how.reloadEnvironment) {
    version += 1
    loaded = undefined
  }
  const wanted = testFilter === undefined ? undefined : new Set(testFilter)
  const called = (await load()).filter(({ id }) => wanted?.has(id) ?? true)
  mutants.activeMutant = activeMutant.id
  try {
    for (const [at, test] of called.entries()) {
      const failureMessage = await failureOf(test)
      if (hitLimit !== undefined && (mutants.hitCount ?? 0) > hitLimit) return { status: 'timeout' }
      if (failureMessage !== undefined)
        return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests: at + 1 }
    }
    return { status: 'survived', nrOfTests: called.length }
  } finally {
    mutants.activeMutant = undefined
  }
}

const factory = Object.assign(() => ({ capabilities: () => ({ reloadEnvironment: true }), dryRun, mutantRun }), {
  inject: [],
})

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', factory }]
