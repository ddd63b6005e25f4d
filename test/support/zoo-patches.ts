// Deliberate bugs as files: what a bug imitates, what finds it, and the patch.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Specimen {
  /** Without its ending: `07-rollback-to-unproven`. */
  name: string
  /** Path of the patch. */
  patch: string
  /** `seed 17`, or `plan "change" crash`. */
  caughtBy: string
}

const CAUGHT = /^caught by: (.+)$/m

/** All there are, by name. */
export async function readZoo(folder: string): Promise<Specimen[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.patch')).sort()
  return Promise.all(
    files.map(async (file) => {
      const patch = join(folder, file)
      const caughtBy = CAUGHT.exec(await readFile(patch, 'utf8'))?.[1] ?? ''
      return { name: file.slice(0, -'.patch'.length), patch, caughtBy }
    }),
  )
}

/** Writes into its header what finds it. */
export async function recordFound({ patch }: Specimen, by: string): Promise<void> {
  await writeFile(patch, (await readFile(patch, 'utf8')).replace(CAUGHT, `caught by: ${by}`))
}

/** The seed that a record names; undefined for a plan. */
export function seedOf(caughtBy: string): number | undefined {
  const seed = /^seed (\d+)$/.exec(caughtBy)?.[1]
  return seed === undefined ? undefined : Number(seed)
}

/** The workload and the trouble that a record names; empty for a seed. */
export function planOf(caughtBy: string): string[] {
  return /^plan "(.+)" (.+)$/.exec(caughtBy)?.slice(1) ?? []
}
