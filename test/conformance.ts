// Checks our component types against the real programs, as many as this machine's ordinary package clients can give, and says of each
// whether it was the real program or a stand-in. `npm run test:conformance`; nothing else waits for its builds.
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { labPaths } from '../src/lab/lab-paths.ts'
import { readRecord } from '../src/lab/lab-record.ts'
import { labDown, labUp } from '../src/lab/lab-up.ts'
import { buildGoProgram, goPrograms } from './support/go-programs.ts'
import { runInside } from './support/run-lab-lanes.ts'
import { summary } from './support/run-summary.ts'
import { runVitest } from './support/run-vitest.ts'
import { testHosts } from './support/test-hosts.ts'

const LAB = 'conformance'
const LAB_TESTS = ['logs', 'edge']
  .map((name) => `test/lab/catalog-${name}.test.ts`)
  .concat('test/lab/controller-shipped.test.ts')
/** Debian packages that the lab's hosts install, by component type. */
const DEBIAN: Record<string, string> = {
  prometheus: 'prometheus',
  alertmanager: 'prometheus-alertmanager',
  'node-exporter': 'prometheus-node-exporter',
  'postgres-exporter': 'prometheus-postgres-exporter',
  postgresql: 'postgresql',
  caddy: 'caddy',
  unbound: 'unbound',
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
    const built = await buildGoProgram(program, say, stop.signal)
    if ('problem' in built) problems.set(program.name, built.problem)
    else if (program.name === 'sops') process.env.PATH = `${dirname(built.path)}:${process.env.PATH}`
    else process.env[variable] = built.path
  }
  return problems
}

async function findings(problems: Map<string, string>): Promise<Finding[]> {
  const record = await readRecord(labPaths(LAB))
  const foreign = (record?.grafana?.sources ?? []).map(({ program, kind, version }): Finding => {
    const why = problems.get(program) ?? 'no package client here has it'
    return { component: program, version, against: kind === 'stand-in' ? `a stand-in: ${why}` : 'the real program' }
  })
  const index = record === undefined ? '' : await readFile(`${record.base.repository}/Packages`, 'utf8')
  const debian = Object.entries(DEBIAN).map(([component, name]): Finding => {
    const version = new RegExp(`^Package: ${name}\\n(?:.+\\n)*?Version: (.+)$`, 'm').exec(index)?.[1] ?? 'unknown'
    return { component, version, against: 'the real program' }
  })
  const sops = problems.get('sops')
  const reading = {
    component: 'SOPS files',
    version: '',
    against: sops ? `our own reading alone: ${sops}` : 'the real program',
  }
  return [...debian, ...foreign, reading]
}

async function main(): Promise<void> {
  const problems = await provide()
  const lab = await labUp({ name: LAB, hosts: testHosts, report: say, signal: stop.signal })
  try {
    const { signal } = stop
    const results = [
      await runVitest('fast', ['test/unit/secrets'], { signal }),
      await runInside(lab.name, LAB_TESTS, { signal }),
    ]
    const { text, isGood } = summary(results)
    process.stdout.write(`\n=== verified against ===\n${(await findings(problems)).map(line).join('')}${text}`)
    process.exitCode = isGood ? 0 : 1
  } finally {
    await labDown(LAB)
  }
}

function line({ component, version, against }: Finding): string {
  return `${component.padEnd(18)} ${version.padEnd(28)} ${against}\n`
}

await main()
