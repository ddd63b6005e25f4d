// The whole shipped stack, from the commit to the moment at which everything is proven for the first time, against a playbook for the same
// end state, and against the floor: shell scripts that only put and start. Packages are on the hosts on all sides.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { catalog } from '../src/catalog/registry.ts'
import { desire } from '../src/controller/desire.ts'
import { runCommand } from '../src/lab/run-command.ts'
import type { Reveal } from '../src/model/secret-reference.ts'
import type { Target } from '../src/model/target.ts'
import { revealTarget } from '../src/plan/seal.ts'
import { directorySource } from '../src/source/directory.ts'
import { readDesiredState } from '../src/spec/desired-state.ts'
import { ansibleEnvironment, writeSettings } from './ansible-settings.ts'
import { openBenchSecrets, startBenchController } from './bench-controller.ts'
import { timed } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { atMostTimes, lessGoal, moreGoal, timesLess } from './goal.ts'
import { forgetKept, prepareHosts, restoreHosts } from './prepared-hosts.ts'
import { floorScripts } from './stack-floor.ts'
import { writeStackInventory } from './stack-inventory.ts'

const measure = { measure: 'the whole stack, from commit to proven', unit: 'ms' } as const
const shipped = new URL('../desired-state', import.meta.url)
const playbook = new URL('ansible/stack.yml', import.meta.url).pathname
const floor = new URL('floor/start-stack.sh', import.meta.url).pathname
const LIMIT_MS = 900_000
const FLOOR_TIMES = 1.5

export const stackAnsible: Comparison = {
  name: 'stack-ansible',
  isApart: true,
  measures: [
    { ...measure, goal: lessGoal(5) },
    { ...measure, goal: moreGoal(FLOOR_TIMES) },
  ],
  run,
}

async function run(whole: Context): Promise<Row[]> {
  const directory = join(whole.workDir, 'stack')
  const context = {
    ...whole,
    lab: whole.wholeLab,
    desiredStateDir: join(directory, 'desired'),
    stateDir: join(directory, 'state'),
  }
  await mkdir(context.desiredStateDir, { recursive: true })
  try {
    const targets = await rendered(context)
    context.report('installing all packages of the stack')
    await prepareHosts(context.lab, (host) => installing(targets.filter((target) => target.host === host)))
    await writeStackInventory(directory, targets)
    await writeSettings(context, directory)
    const starting = await writeFloor(context, directory, targets)
    const [ours, theirs, least]: [number[], number[], number[]] = [[], [], []]
    // Deploying everything takes long on either side: fewer samples will do.
    for (let sample = 0; sample < Math.min(context.samples, 3); sample += 1) {
      await restoreHosts(context.lab)
      theirs.push(
        (await timed(['ansible-playbook', playbook], { env: ansibleEnvironment(directory), timeoutMs: LIMIT_MS }))
          .wallMs,
      )
      await restoreHosts(context.lab)
      ours.push(await byCommit(context))
      await restoreHosts(context.lab)
      await connected(context)
      least.push((await timed(starting, { timeoutMs: LIMIT_MS })).wallMs)
      const [mine, other, shell] = [ours, theirs, least].map((values) => values.at(-1)?.toFixed(0))
      context.report(`the whole stack: ours ${mine} ms, theirs ${other} ms, shell scripts ${shell} ms`)
    }
    return [
      timesLess({ ...measure, ours, theirs: { name: 'ansible-playbook', values: theirs } }, 5),
      atMostTimes({ ...measure, ours, theirs: { name: 'shell scripts', values: least } }, FLOOR_TIMES),
    ]
  } finally {
    await forgetKept(context.lab)
  }
}

/** The command that runs the floor. */
async function writeFloor({ lab, sshConfig }: Context, above: string, targets: Target[]): Promise<string[]> {
  const directory = join(above, 'floor')
  await mkdir(directory, { recursive: true })
  for (const [name, script] of Object.entries(floorScripts(targets)))
    await writeFile(join(directory, name), script, { mode: 0o600 })
  return ['sh', floor, sshConfig, directory, ...lab.hosts.map(({ name }) => name)]
}

/** Connections that are there already; those of before are of hosts that were turned off since. */
async function connected({ lab, sshConfig }: Context): Promise<void> {
  for (const { name } of lab.hosts) {
    await runCommand(['ssh', '-F', sshConfig, '-O', 'exit', name])
    await timed(['ssh', '-F', sshConfig, name, 'true'])
  }
}

/** A controller at work, and the whole stack committed at once: files in place of none. */
async function byCommit(context: Context): Promise<number> {
  await fresh(context)
  const controller = await startBenchController(context)
  try {
    const startedAt = performance.now()
    await writeDesired(context)
    await controller.healthy(LIMIT_MS)
    return performance.now() - startedAt
  } finally {
    await controller.stop()
  }
}

/** What would be deployed, with secrets in it. */
async function rendered(context: Context): Promise<Target[]> {
  await fresh(context)
  await writeDesired(context)
  const { files } = await directorySource(context.desiredStateDir).current()
  const { desired } = readDesiredState(files, {}, catalog)
  await mkdir(context.stateDir, { recursive: true })
  const { find, reveal } = await (await openBenchSecrets(context.stateDir)).read(desired.files)
  return [...desire(desired, catalog, find).wishes.values()].flatMap((wish) =>
    wish.kind === 'deploy' && wish.external !== true ? [revealed(wish.target, reveal)] : [],
  )
}

function revealed(target: Target, reveal: Reveal): Target {
  const found = revealTarget(target, reveal)
  if ('problem' in found || found.target === undefined)
    throw new Error(`the secrets of ${target.component} cannot be had`)
  const text = (value: string) => {
    const shown = reveal(value)
    return 'text' in shown ? shown.text : value
  }
  const probes = found.target.probes.map((probe) =>
    probe.kind === 'http' && probe.headers !== undefined
      ? { ...probe, headers: Object.fromEntries(Object.entries(probe.headers).map(([name, it]) => [name, text(it)])) }
      : probe,
  )
  return { ...found.target, probes }
}

async function fresh({ stateDir, desiredStateDir }: Context): Promise<void> {
  for (const directory of [stateDir, desiredStateDir]) await rm(directory, { recursive: true, force: true })
  await mkdir(desiredStateDir, { recursive: true })
}

/** The shipped set without its soak: what is proven once counts, as it does for the other side. */
async function writeDesired({ desiredStateDir }: Context): Promise<void> {
  await cp(shipped, desiredStateDir, { recursive: true })
  for (const name of await readdir(desiredStateDir)) {
    if (!/^[^.][^/]*\.yaml$/.test(name) || name.endsWith('.sops.yaml')) continue
    const text = await readFile(join(desiredStateDir, name), 'utf8')
    const quick = text
      .replaceAll(/^( {2}type: [a-z-]+)$/gm, '$1\n  verify: { minHealthyTime: 0s }')
      .replace(/^ +homeostat: .*$/m, '')
    await writeFile(join(desiredStateDir, name), quick)
  }
}

/** Everything that is a package, from where it has to come, and what Ansible's modules need. No service is started by it. */
function installing(targets: Target[]): string {
  const resources = targets.flatMap((target) => target.resources)
  const sources = resources.filter((it) => it.kind === 'file' && it.path.startsWith('/etc/apt/'))
  const put = sources.map((it) =>
    it.kind === 'file'
      ? `mkdir -p $(dirname ${it.path}) && echo ${Buffer.from(it.content).toString('base64')} | base64 -d > ${it.path}`
      : '',
  )
  const packages = resources.flatMap((it) => (it.kind === 'package' ? [it.name] : []))
  return `set -e
${put.join('\n')}
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ${[...new Set([...packages, 'python3', 'python3-apt'])].join(' ')} > /dev/null
rm /usr/sbin/policy-rc.d
# Grafana Labs' packages start their service all the same.
systemctl disable --quiet --now loki promtail 2> /dev/null || :`
}
