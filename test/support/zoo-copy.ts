// A copy of the sources that is patched, hunted in, and put right again.
import { type ExecFileException, execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Found } from '../simulation/hunt.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const HUNT_MS = 1_800_000

export interface ZooCopy {
  /** Returns why the patch does not apply. */
  apply(patch: string): Promise<string | undefined>
  takeBack(patch: string): Promise<void>
  /** Runs test/simulation/hunt.ts there; undefined where nothing was found. */
  hunt(words: string[]): Promise<Found | undefined>
  remove(): Promise<void>
}

export async function createZooCopy(): Promise<ZooCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-zoo-'))
  for (const part of ['src', 'machines', 'test/simulation', 'package.json'])
    await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  // The lines beside a bug may change without it.
  const git = (...words: string[]) => run('git', ['apply', '-C1', '--whitespace=nowarn', ...words], folder)
  return {
    apply: async (patch) => {
      const { error, stderr } = await git(patch)
      return error === null ? undefined : stderr.trim()
    },
    takeBack: async (patch) => void (await git('--reverse', patch)),
    hunt: async (words) => {
      const { error, stdout, stderr } = await run(process.execPath, ['test/simulation/hunt.ts', ...words], folder)
      if (error !== null) return endedAt(stderr, error)
      return (JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') as Found | null) ?? undefined
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What ends the process, or never ends, was found as well; what keeps it from beginning was not. Throws then. */
function endedAt(stderr: string, { killed }: ExecFileException): Found {
  const by = [...stderr.matchAll(/^(seed \d+|plan ".+" .+)$/gm)].at(-1)?.[1]
  if (by === undefined) throw new Error(`nothing could be tried: ${stderr.trim().slice(-1_000)}`)
  return { by, message: killed ? 'it hangs' : stderr.trim().slice(-300) }
}

function run(program: string, words: string[], cwd: string) {
  // Nearly all of the sources are as they were for the bug before.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(cwd, '.compiled') }
  type Ended = { error: ExecFileException | null; stdout: string; stderr: string }
  return new Promise<Ended>((resolve) =>
    execFile(program, words, { cwd, env, timeout: HUNT_MS, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    ),
  )
}
