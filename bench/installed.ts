// The package as users get it: packed, installed elsewhere, run as a program.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { output } from './children.ts'
import type { Context } from './comparison.ts'

const root = new URL('..', import.meta.url).pathname

/** Where `packAndInstall` puts it. */
export function installedProgram(workDir: string): string {
  return join(workDir, 'installed/node_modules/homeostat/bin/homeostat.js')
}

/** Builds, packs and installs the package below `workDir`. Needs the npm registry, or npm's cache of the dependencies. */
export async function packAndInstall(workDir: string): Promise<void> {
  const directory = join(workDir, 'installed')
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'package.json'), '{"private":true}\n')
  const npm = (words: string[], cwd: string) =>
    output(['npm', ...words], { cwd, timeoutMs: 600_000, env: { PATH: process.env.PATH } })
  await npm(['pack', '--silent', '--pack-destination', directory], root)
  const [archive] = (await output(['sh', '-c', 'ls *.tgz'], { cwd: directory })).split('\n')
  const quiet = ['--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await npm(['install', ...quiet, `./${archive}`], directory)
}

export interface RunningProgram {
  pid: number
  /** When it was started, by `performance.now()`. */
  startedAt: number
  /** Resolves at the first line of its log that matches. */
  logged(line: RegExp, timeoutMs: number): Promise<void>
  /** Text of a page of its HTTP interface, or undefined while there is none. */
  get(path: string): Promise<string | undefined>
  stop(): Promise<void>
}

/** Starts `homeostat run` of the installed package, its log in a file. */
export function startInstalled(context: Context, stateDir: string, more: string[] = []): RunningProgram {
  const { lab, workDir, desiredStateDir } = context
  const startedAt = performance.now()
  const keys = ['--identity', lab.identityFile, '--known-hosts', lab.knownHostsFile]
  const words = ['--state', stateDir, 'run', desiredStateDir, '--http', 'off', ...keys, ...more]
  const child = spawn(process.execPath, [installedProgram(workDir), ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.pipe(createWriteStream(join(workDir, 'installed.log'), { flags: 'a' }))
  const ended = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    startedAt,
    logged: (line, timeoutMs) => lineMatching(child.stderr, line, timeoutMs),
    get: (path) => get(join(stateDir, 'http.sock'), path),
    stop: async () => {
      child.kill('SIGTERM')
      const patience = new AbortController()
      const late = pause(20_000, 'late', { signal: patience.signal }).catch(() => 'in time')
      if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL')
      patience.abort()
      await ended
    },
  }
}

async function lineMatching(log: Readable, line: RegExp, timeoutMs: number): Promise<void> {
  // Not `for await` on the stream: leaving that would destroy it, and the program with it.
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const lines = createInterface({ input: log })
  lines.on('line', (text) => {
    if (line.test(text)) resolve()
  })
  const timer = setTimeout(() => reject(new Error(`no line ${line} within ${timeoutMs / 1000} s`)), timeoutMs)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    lines.close()
    log.resume()
  }
}

function get(socketPath: string, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path, agent: false, timeout: 5_000 }, async (response) => {
      const chunks = await response.toArray()
      resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString('utf8') : undefined)
    })
    // Not there yet.
    asked.on('error', () => resolve(undefined))
    asked.end()
  })
}

/** Asks again and again until the answer is there. */
export async function untilAnswered(
  ask: () => Promise<boolean>,
  everyMs: number,
  timeoutMs: number,
  what: string,
): Promise<void> {
  const endMs = Date.now() + timeoutMs
  while (!(await ask())) {
    if (Date.now() > endMs) throw new Error(`${what}: not within ${timeoutMs / 1000} s`)
    await pause(everyMs)
  }
}
