// Which files of lab tests a run has, and in which order they are begun.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { runProgram } from './run-program.ts'
import { vitest } from './run-vitest.ts'

const root = resolve(import.meta.dirname, '../..')

/** The files that take longest, longest first: begun last, one of them would keep everybody waiting at the end. */
const longest = [
  'controller-shipped',
  'catalog-logs',
  'catalog-postgresql',
  'catalog-firewall',
  'catalog-metrics',
  'catalog-alerts',
  'dead-man',
  'controller-crash',
  'controller-contest',
  'controller-rollback',
  'controller-failure',
  'step-by-step',
  'controller-crash-points',
  'catalog-edge',
  'controller-asking',
]

/** Files of the lab tests that vitest would run with these arguments, relative to the checkout. */
export async function labFiles(vitestArguments: readonly string[], signal: AbortSignal): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-test-'))
  try {
    const list = join(folder, 'files.json')
    const argv = [process.execPath, vitest, 'list', '--project', 'lab', '--filesOnly', `--json=${list}`]
    await runProgram([...argv, ...vitestArguments], { signal })
    const files = JSON.parse(await readFile(list, 'utf8')) as { file: string }[]
    return longestFirst(files.map(({ file }) => relative(root, file)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function longestFirst(files: readonly string[]): string[] {
  const rank = (file: string) => {
    const at = longest.findIndex((name) => file.endsWith(`/${name}.test.ts`))
    return at === -1 ? longest.length : at
  }
  return [...files].sort((a, b) => rank(a) - rank(b))
}
