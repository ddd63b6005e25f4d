// Changes the pure code in thousands of small ways, one at a time, and counts how many the unit and property tests notice (Stryker).
// `npm run test:mutation -- [--fresh] [--quick] [PART…]`; its tools are installed into `.stryker` the first time. What was found out about a
// part is kept there, and asked again only of what has changed since; `--fresh` asks for all of it, `--quick` leaves out what is only run
// while files are loaded. docs/mutation.md says more.
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { parts } from './support/mutation-parts.ts'
import { type MutationReport, scoreOf } from './support/mutation-score.ts'

const tools = new URL('../.stryker/', import.meta.url).pathname
const config = new URL('mutation/', import.meta.url).pathname

function run(argv: string[], options: { cwd?: string; env?: Record<string, string> }): void {
  const [program = '', ...words] = argv
  const { status } = spawnSync(program, words, {
    stdio: 'inherit',
    ...options,
    env: { ...process.env, ...options.env },
  })
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}`)
}

/** Tools of their own: they are many, and nobody needs them to use or test Homeostat. */
async function install(): Promise<void> {
  await mkdir(tools, { recursive: true })
  const [wanted, there] = await Promise.all([`${config}package-lock.json`, `${tools}package-lock.json`].map(textOf))
  if (wanted === there) return
  await copyFile(`${config}package.json`, `${tools}package.json`)
  run(['npm', 'install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'], { cwd: tools })
  await copyFile(`${config}package-lock.json`, `${tools}package-lock.json`)
}

const textOf = (path: string) => readFile(path, 'utf8').catch(() => undefined)

async function mutate(name: string, how: { fresh?: boolean; quick?: boolean }): Promise<string> {
  const part = parts[name]
  if (part === undefined) throw new Error(`there is no part ${name}; there are ${Object.keys(parts).join(', ')}`)
  const known = `${tools}known-${name}.json`
  run(
    [
      ...[process.execPath, `${tools}node_modules/@stryker-mutator/core/bin/stryker.js`, 'run'],
      ...[
        `${config}stryker.config.json`,
        '--mutate',
        part.mutate.join(','),
        '--tempDirName',
        `.stryker/sandbox-${name}`,
      ],
      ...['--incremental', '--incrementalFile', known, ...(how.fresh ? ['--force'] : [])],
      ...(how.quick ? ['--ignoreStatic'] : []),
    ],
    { env: { HOMEOSTAT_MUTATION_TESTS: part.tests.join(' ') } },
  )
  const report = JSON.parse(await readFile(known, 'utf8')) as MutationReport
  return `${name.padEnd(12)} ${scoreOf(report)}\n`
}

const { values, positionals: asked } = parseArgs({
  options: { fresh: { type: 'boolean' }, quick: { type: 'boolean' } },
  allowPositionals: true,
})
await install()
const lines: string[] = []
for (const name of asked.length > 0 ? asked : Object.keys(parts)) lines.push(await mutate(name, values))
process.stdout.write(`\n${lines.join('')}`)
