// A quiet pass over the whole lab against `ansible-playbook --check --diff` for the same end state.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Target } from '../src/model/target.ts'
import { ansibleEnvironment, writeSettings } from './ansible-settings.ts'
import { type BenchController, type PassTimes, startBenchController, warmUp } from './bench-controller.ts'
import { timed } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { lessGoal, timesLess } from './goal.ts'

const wall = { measure: 'quiet pass, wall time', unit: 'ms' } as const
const cpu = { measure: "quiet pass, controller's processor time", unit: 'ms' } as const
const playbook = new URL('ansible/site.yml', import.meta.url).pathname
const peer = 'ansible --check'

export const quietPassAnsible: Comparison = {
  name: 'quiet-pass-ansible',
  measures: [
    { ...wall, goal: lessGoal(100) },
    { ...cpu, goal: lessGoal(50) },
  ],
  run,
}

type Run = { wallMs: number; cpuMs: number }

async function run(context: Context): Promise<Row[]> {
  await prepareHosts(context)
  const controller = await startBenchController(context)
  try {
    await controller.healthy(240_000)
    const directory = await writeInventory(context, controller)
    await check(directory)
    await warmUp(controller)
    const ours: PassTimes[] = []
    const theirs: Run[] = []
    for (let sample = 0; sample < context.samples; sample += 1) {
      theirs.push(await check(directory))
      for (let pass = 0; pass < 5; pass += 1) ours.push(await controller.pass())
    }
    const values = (field: 'wallMs' | 'cpuMs') => ({ name: peer, values: theirs.map((run) => run[field]) })
    return [
      timesLess({ ...wall, ours: ours.map((pass) => pass.decidedMs), theirs: values('wallMs') }, 100),
      timesLess({ ...cpu, ours: ours.map((pass) => pass.cpuMs), theirs: values('cpuMs') }, 50),
    ]
  } finally {
    await controller.stop()
  }
}

/** What Ansible's modules need on a host; nothing of it is part of the end state. */
async function prepareHosts({ lab, report }: Context): Promise<void> {
  report('installing Python on the hosts, for Ansible')
  const install = 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-apt'
  await Promise.all(lab.hosts.map((host) => lab.shell(host.name, install, { timeoutMs: 300_000 })))
}

/** Inventory, settings and the files as we render them; returns the directory. */
async function writeInventory(context: Context, controller: BenchController): Promise<string> {
  const directory = join(context.workDir, 'ansible')
  for (const key of ['prometheus@monitoring', 'alertmanager@monitoring'] as const) {
    await writeFiles(directory, controller.target(key))
  }
  for (const { name } of context.lab.hosts) await writeFiles(directory, controller.target(`node-exporter@${name}`))
  await writeSettings(context, directory)
  return directory
}

async function writeFiles(directory: string, target: Target): Promise<void> {
  for (const resource of target.resources) {
    if (resource.kind !== 'file') continue
    const path = join(directory, 'files', target.host, resource.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, resource.content)
  }
}

/** One run; throws when it would change anything: then the playbook does not say what we deployed, and there is nothing to compare. */
async function check(directory: string): Promise<Run> {
  const env = ansibleEnvironment(directory)
  const run = await timed(['ansible-playbook', '--check', '--diff', playbook], { env })
  const recap = run.result.stdout.slice(run.result.stdout.indexOf('PLAY RECAP'))
  const isQuiet = /ok=/.test(recap) && !/(changed|unreachable|failed)=[1-9]/.test(recap)
  if (!isQuiet) throw new Error(`the playbook is not at rest on the hosts: ${run.result.stdout.slice(-2_000)}`)
  return run
}
