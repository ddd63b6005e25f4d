// Checks our component types against the real programs, as many as this machine's ordinary package clients can give, and says of each
// whether it was the real program or a stand-in. `npm run test:conformance [-- [--no-builds] FILE…]`; nothing else waits for its builds.
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { catalog } from '../src/catalog/registry.ts'
import { labPaths } from '../src/lab/lab-paths.ts'
import { readRecord } from '../src/lab/lab-record.ts'
import { labDown, labUp } from '../src/lab/lab-up.ts'
import { runCommand } from '../src/lab/run-command.ts'
import { type Built, buildGoProgram, builtBefore, type GoProgram, goPrograms } from './support/go-programs.ts'
import { runInside } from './support/run-lab-lanes.ts'
import { summary } from './support/run-summary.ts'
import { runVitest } from './support/run-vitest.ts'
import { testHosts } from './support/test-hosts.ts'

const LAB = 'conformance'
const ASKED = process.argv.slice(2)
const BUILDS = !ASKED.includes('--no-builds')
const FILES = ASKED.filter((word) => word !== '--no-builds')
const LAB_TESTS = ['logs', 'edge']
  .map((name) => `test/lab/catalog-${name}.test.ts`)
  .concat('test/lab/controller-shipped.test.ts')
/** Debian packages that the lab's hosts install, by component type. */
const DEBIAN: Record<string, string> = {
  prometheus: 'prometheus',
  alertmanager: 'prometheus-alertmanager',
  'node-exporter': 'prometheus-node-exporter',
  'postgres-exporter': 'prometheus-postgres-exporter',
  postgresql: 'postgresql-15',
  caddy: 'caddy',
  'caddy-exporter': 'caddy',
  unbound: 'unbound',
  'unbound-exporter': 'unbound',
  firewall: 'nftables',
}
/** Component types without a program of their own, and what stands for it. */
const OTHERS: Record<string, string> = {
  custom: 'the real system of a host',
  authentik: 'a stand-in: others run it, and the lab plays it',
  'mail-relay': 'a mail server of ours, which receives: others run it, and the lab plays it',
}

interface Finding {
  component: string
  version: string
  /** How it was checked, in words. */
  against: string
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
const say = (line: string) => process.stdout.write(`conformance: ${line}\n`)

/** Builds what can be built and hands it to the lab and to the tests of secrets, unless somebody named a binary. */
async function provide(): Promise<Map<string, string>> {
  const problems = new Map<string, string>()
  for (const program of goPrograms) {
    const variable = `HOMEOSTAT_LAB_${program.name.toUpperCase()}_BIN`
    if (process.env[variable]) continue
    const built = BUILDS ? await buildGoProgram(program, say, stop.signal) : asBuiltBefore(program)
    if ('problem' in built) problems.set(program.name, built.problem)
    else if (program.name === 'sops') process.env.PATH = `${dirname(built.path)}:${process.env.PATH}`
    else process.env[variable] = built.path
  }
  return problems
}

function asBuiltBefore(program: GoProgram): Built {
  const path = builtBefore(program)
  return path === undefined ? { problem: 'nothing was built, as asked' } : { path }
}

/** One for every component type, so that none is forgotten. */
async function findings(problems: Map<string, string>): Promise<Finding[]> {
  const record = await readRecord(labPaths(LAB))
  const sources = record?.grafana?.sources ?? []
  const index = record === undefined ? '' : await readFile(`${record.base.repository}/Packages`, 'utf8')
  const found = Object.keys(catalog).map((component): Finding => {
    const source = sources.find(({ program }) => program === component)
    if (source !== undefined) return { component, version: source.version, against: sourceText(source, problems) }
    const name = DEBIAN[component]
    const version = new RegExp(`^Package: ${name}\\n(?:.+\\n)*?Version: (.+)$`, 'm').exec(index)?.[1] ?? ''
    return { component, version, against: OTHERS[component] ?? (version === '' ? 'nothing' : 'the real program') }
  })
  return [...found, await sopsFinding(problems.get('sops'))]
}

async function sopsFinding(problem: string | undefined): Promise<Finding> {
  // Only now, since it looks where the program is when it is loaded.
  const { realSops } = await import('./support/sops.ts')
  const component = 'SOPS files'
  if (realSops === undefined) return { component, version: '', against: `our own reading alone: ${problem}` }
  // It would ask GitHub whether it is the newest.
  const env = { SOPS_DISABLE_VERSION_CHECK: '1' }
  const { stdout } = await runCommand([realSops, '--version'], { env, timeoutMs: 10_000 })
  return { component, version: stdout.split(/\s/)[1] ?? '', against: 'the real program, and our own reading' }
}

type Source = { program: string; kind: string }

function sourceText({ program, kind }: Source, problems: Map<string, string>): string {
  if (kind !== 'stand-in') return `the real program (${kind})`
  return `a stand-in: ${problems.get(program) ?? 'no package client here has it'}`
}

async function main(): Promise<void> {
  const problems = await provide()
  const lab = await labUp({ name: LAB, hosts: testHosts, report: say, signal: stop.signal })
  try {
    const { signal } = stop
    const results = [
      await runVitest('fast', ['test/unit/secrets'], { signal }),
      await runInside(lab.name, FILES.length === 0 ? LAB_TESTS : FILES, { signal }),
    ]
    const { text, isGood } = summary(results)
    const part = FILES.length === 0 ? '' : `of these, only what is in ${FILES.join(', ')} was `
    const heading = `${part}${isGood ? 'verified against' : 'tried against, and a test failed'}`
    process.stdout.write(`\n=== ${heading} ===\n${(await findings(problems)).map(line).join('')}${text}`)
    process.exitCode = isGood ? 0 : 1
  } finally {
    await labDown(LAB)
  }
}

function line({ component, version, against }: Finding): string {
  return `${component.padEnd(18)} ${version.padEnd(28)} ${against}\n`
}

await main()
