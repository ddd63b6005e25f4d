// The bug zoo: deliberate bugs, each a patch of the sources under test/simulation/zoo, and whether the simulation finds each of them.
// A simulation that finds none of those proves nothing. `npm run test:zoo [-- --record] [NAME…]`.
import { fileURLToPath } from 'node:url'
import { createZooCopy, type ZooCopy } from './support/zoo-copy.ts'
import { planOf, readZoo, recordFound, type Specimen, seedOf } from './support/zoo-patches.ts'

/** Where the recorded seed has gone astray, since the controller has changed, these are tried, and then every plan. */
const ALL = Array.from({ length: 500 }, (_, at) => at + 1)

const zoo = fileURLToPath(new URL('simulation/zoo/', import.meta.url))
const words = process.argv.slice(2)
const isRecording = words.includes('--record')
const names = words.filter((word) => !word.startsWith('--'))

/** What was wrong; undefined: the bug was found. */
async function examine(specimen: Specimen, copy: ZooCopy): Promise<string | undefined> {
  const problem = await copy.apply(specimen.patch)
  if (problem !== undefined) return `its patch does not apply any more: ${problem}`
  try {
    const found = await copy.hunt(isRecording ? [ALL.join()] : huntFor(specimen))
    if (found === undefined) return 'nothing finds it'
    if (isRecording) await recordFound(specimen, found.by)
    const isElsewhere = !isRecording && found.by !== specimen.caughtBy
    const stale = isElsewhere ? ` (recorded: ${specimen.caughtBy}; record it anew)` : ''
    process.stdout.write(`${specimen.name.padEnd(36)} ${found.by.padEnd(12)}${stale} ${found.message.slice(0, 140)}\n`)
    return undefined
  } finally {
    await copy.takeBack(specimen.patch)
  }
}

function huntFor({ caughtBy }: Specimen): string[] {
  return [[seedOf(caughtBy) ?? [], ALL].flat().join(), ...planOf(caughtBy)]
}

/** Where a seed fails without any bug too, it shows nothing. */
async function withoutBugs(specimens: readonly Specimen[]): Promise<string[]> {
  const seeds = new Set(specimens.flatMap(({ caughtBy }) => seedOf(caughtBy) ?? []))
  const copy = await createZooCopy()
  try {
    const found = await copy.hunt([[...seeds, ''].join()])
    return found === undefined ? [] : [`${found.by} fails without any bug: ${found.message}`]
  } finally {
    await copy.remove()
  }
}

async function main(): Promise<void> {
  const specimens = (await readZoo(zoo)).filter(
    ({ name }) => names.length === 0 || names.some((it) => name.includes(it)),
  )
  const problems = isRecording ? [] : await withoutBugs(specimens)
  const queue = [...specimens]
  const work = async () => {
    const copy = await createZooCopy()
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const problem = await examine(next, copy)
        if (problem !== undefined) problems.push(`${next.name}: ${problem}`)
      }
    } finally {
      await copy.remove()
    }
  }
  await Promise.all([work(), work()])
  for (const problem of problems) process.stdout.write(`WRONG: ${problem}\n`)
  const seeds = (await readZoo(zoo)).flatMap(({ caughtBy }) => seedOf(caughtBy) ?? []).sort((a, b) => a - b)
  const median = seeds[Math.floor(seeds.length / 2)] ?? 0
  process.stdout.write(
    `${Math.max(0, specimens.length - problems.length)} of ${specimens.length} bugs found; by seeds ${seeds.length}, median seed ${median}\n`,
  )
  process.exitCode = problems.length === 0 ? 0 : 1
}

await main()
