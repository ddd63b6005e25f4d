// The part of `npm run bench` that runs inside the lab's network: measures and writes the rows to a file.
// Usage: inside.ts LAB WORK_DIR SAMPLES NAME...
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Lab, openLab } from '../src/lab/lab.ts'
import { startBenchController } from './bench-controller.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { comparisons } from './comparisons.ts'

const [name = '', workDir = '', samples = '5', ...names] = process.argv.slice(2)
await main(await openLab(name))

async function main(lab: Lab): Promise<void> {
  const context = await prepare(lab)
  const asked = comparisons.filter((it) => names.includes(it.name))
  if (asked.some(({ isApart }) => isApart !== true)) await deploy(context)
  const rows: Row[] = []
  for (const comparison of asked) rows.push(...(await measure(comparison, context)))
  await writeFile(join(workDir, 'rows.json'), JSON.stringify(rows))
}

async function prepare(lab: Lab): Promise<Context> {
  const context: Context = {
    lab: { ...lab, hosts: lab.hosts.filter(({ standIns }) => standIns === undefined) },
    wholeLab: lab,
    workDir,
    desiredStateDir: join(workDir, 'desired-state'),
    stateDir: join(workDir, 'state'),
    sshConfig: join(workDir, 'ssh_config'),
    samples: Number(samples),
    report: (message) => process.stderr.write(`bench: ${message}\n`),
  }
  const copy = (from: string, to = '') =>
    cp(new URL(from, import.meta.url), join(context.desiredStateDir, to), { recursive: true })
  await copy('desired-state')
  await copy('../desired-state/alert-rules', 'alert-rules')
  await writeFile(context.sshConfig, sshConfig(context))
  return context
}

function sshConfig({ wholeLab: lab }: Context): string {
  const hosts = lab.hosts.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`).join('')
  return `${hosts}Host *
  User root
  IdentityFile ${lab.identityFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${lab.knownHostsFile}
  StrictHostKeyChecking yes
  BatchMode yes
  ControlMaster auto
  ControlPersist 600
  ControlPath ${workDir}/cm-%C
`
}

async function deploy(context: Context): Promise<void> {
  context.report('deploying bench/desired-state')
  const controller = await startBenchController(context)
  try {
    await controller.healthy(600_000)
  } finally {
    await controller.stop()
  }
}

/** Rows that say why, where a comparison could not be made. */
async function measure(comparison: Comparison, context: Context): Promise<Row[]> {
  context.report(`measuring ${comparison.name}`)
  try {
    return await comparison.run(context)
  } catch (error) {
    const notMeasured = error instanceof Error ? error.message : String(error)
    context.report(`NOT MEASURED: ${comparison.name}: ${notMeasured}`)
    return comparison.measures.map((row) => ({ ...row, samples: 0, notMeasured }))
  }
}
