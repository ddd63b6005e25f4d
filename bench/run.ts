// `npm run bench [-- --json] [-- --only NAME,NAME] [-- --samples N]`: measures what README and docs claim, against the alternatives, in one
// run on hosts of its own. Exit 0 when every goal is met, 1 when one is missed or could not be measured, 2 when nothing ran.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { insideNetwork } from '../src/lab/inside-network.ts'
import { labDown, labUp } from '../src/lab/lab-up.ts'
import { whyUnsupported } from '../src/lab/requirements.ts'
import { runCommand } from '../src/lab/run-command.ts'
import type { Row } from './comparison.ts'
import { comparisons } from './comparisons.ts'
import { packAndInstall } from './installed.ts'
import { tableText } from './table.ts'

/** A lab of that name starts over. */
const labName = process.env.HOMEOSTAT_LAB || 'bench'
const insidePath = new URL('inside.ts', import.meta.url).pathname
const say = (message: string) => process.stderr.write(`bench: ${message}\n`)

try {
  process.exitCode = await main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
}

async function main(): Promise<number> {
  const { json, names, samples } = readArguments()
  const reason = whyUnsupported()
  if (reason !== undefined) throw new Error(`NOT MEASURED, nothing of it: ${reason}`)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const workDir = await mkdtemp(join(tmpdir(), 'homeostat-bench-'))
  try {
    await prepare(workDir, names)
    await labDown(labName)
    const lab = await labUp({ name: labName, report: say, signal: stop.signal })
    await measureInside(
      insideNetwork(lab, [process.execPath, insidePath, labName, workDir, samples, ...names]),
      stop.signal,
    )
    const rows = JSON.parse(await readFile(join(workDir, 'rows.json'), 'utf8')) as Row[]
    process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : tableText(rows))
    return rows.every((row) => row.isMet === true) ? 0 : 1
  } finally {
    await closeMasters(workDir)
    await labDown(labName)
    await rm(workDir, { recursive: true, force: true })
  }
}

function readArguments(): { json: boolean; names: string[]; samples: string } {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, only: { type: 'string' }, samples: { type: 'string', default: '5' } },
  })
  const known = comparisons.map((comparison) => comparison.name)
  const names = values.only?.split(',') ?? known
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`there is no comparison ${unknown.join(', ')}: use ${known.join(', ')}`)
  if (!/^[1-9]\d?$/.test(values.samples)) throw new Error('--samples is a number from 1 to 99')
  return { json: values.json ?? false, names, samples: values.samples }
}

/** What needs the Internet: inside the lab's network there is none. What fails here is reported where it is missed. */
async function prepare(workDir: string, names: string[]): Promise<void> {
  const needs = (name: string) => names.includes(name)
  if (
    ['quiet-pass-ansible', 'stack-ansible'].some(needs) &&
    (await runCommand(['sh', '-c', 'command -v ansible-playbook'])).exitCode !== 0
  ) {
    await attempt('installing ansible-core', async () => {
      const env = { DEBIAN_FRONTEND: 'noninteractive' }
      const argv = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'ansible-core']
      const { exitCode, stderr } = await runCommand(argv, { env, timeoutMs: 600_000 })
      if (exitCode !== 0) throw new Error(stderr.slice(-1_000))
    })
  }
  if (['snapshot', 'first-pass', 'idle'].some(needs))
    await attempt('packing and installing homeostat', () => packAndInstall(workDir))
}

async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  say(what)
  try {
    await work()
  } catch (error) {
    say(`${what} failed; what needs it will not be measured: ${(error as Error).message}`)
  }
}

/** The connections that OpenSSH keeps open in the background would outlive us. */
async function closeMasters(workDir: string): Promise<void> {
  const sockets = (await readdir(workDir)).filter((name) => name.startsWith('cm-'))
  for (const socket of sockets)
    await runCommand(['ssh', '-O', 'exit', '-o', `ControlPath=${join(workDir, socket)}`, 'host'])
}

async function measureInside([program = '', ...words]: string[], signal: AbortSignal): Promise<void> {
  const child = spawn(program, words, { stdio: ['ignore', 2, 2] })
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the measurement ended with ${code ?? 'a signal'}`)
}
