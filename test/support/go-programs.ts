// Real programs that the machine's Go toolchain can make out of Go modules: built once, and kept.
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { runCommand } from '../../src/lab/run-command.ts'

export interface GoProgram {
  name: string
  version: string
  module: string
  /** The program within the module. */
  path: string
  /** Replacements that lead to folders which the module does not hold; what its requirements name is taken instead. */
  dropReplace: string[]
  /** The variable that takes the version. */
  versionVariable?: string
  tags?: string
  /** Files that a build with C needs, and the Debian package that has them. */
  headers?: { file: string; package: string }
}

const LOKI = { module: 'github.com/grafana/loki/v3', dropReplace: ['github.com/grafana/loki/pkg/push'] }
const LOKI_VERSION = 'github.com/grafana/loki/v3/pkg/util/build.Version'

/** Alloy and Grafana are no modules that can be had by themselves. */
export const goPrograms: GoProgram[] = [
  { ...LOKI, name: 'loki', version: '3.7.8', path: './cmd/loki', versionVariable: LOKI_VERSION },
  {
    ...LOKI,
    name: 'promtail',
    // The last line that has it is 3.6.
    version: '3.4.6',
    path: './clients/cmd/promtail',
    versionVariable: LOKI_VERSION,
    tags: 'promtail_journal_enabled',
    headers: { file: '/usr/include/systemd/sd-journal.h', package: 'libsystemd-dev' },
  },
  { name: 'sops', version: '3.13.3', module: 'github.com/getsops/sops/v3', path: './cmd/sops', dropReplace: [] },
]

const BUILD_TIMEOUT_MS = 3_600_000
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'homeostat-conformance')

export type Built = { path: string } | { problem: string }

/** Where the program is once it is built. */
const placeOf = ({ name, version }: GoProgram) => join(cache, `${name}-${version}`, name)

/** The program as an earlier run has built it; undefined where none has. */
export function builtBefore(program: GoProgram): string | undefined {
  const path = placeOf(program)
  return existsSync(path) ? path : undefined
}

/** The program, from the cache or built now: minutes, on a small machine up to an hour. */
export async function buildGoProgram(
  program: GoProgram,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Built> {
  const { name, version, headers } = program
  const path = placeOf(program)
  if (existsSync(path)) return { path }
  const go = findGo()
  if (go === undefined) return { problem: 'there is no Go toolchain on this machine' }
  if (headers !== undefined && !existsSync(headers.file)) {
    await runCommand(['apt-get', '-qq', '-y', 'install', '--no-install-recommends', headers.package], {
      timeoutMs: 300_000,
      signal,
    })
    if (!existsSync(headers.file)) return { problem: `it needs ${headers.package}, which could not be installed` }
  }
  say(`building ${name} ${version} (once; it may take an hour)`)
  await mkdir(dirname(path), { recursive: true })
  const problem = await build(program, { go, path, signal })
  return problem === undefined ? { path } : { problem }
}

async function build(
  { name, version, module, path: place, dropReplace, versionVariable, tags, headers }: GoProgram,
  { go, path, signal }: { go: string; path: string; signal: AbortSignal },
): Promise<string | undefined> {
  const fetched = await runCommand([go, 'mod', 'download', '-json', `${module}@v${version}`], {
    timeoutMs: 600_000,
    signal,
  })
  if (fetched.exitCode !== 0) return `${module} ${version} cannot be had: ${lastLine(fetched.stderr || fetched.stdout)}`
  const { Dir: cwd } = JSON.parse(fetched.stdout) as { Dir: string }
  // The folder is read only: the file that is changed lies beside.
  const own = join(dirname(path), 'build.mod')
  await copyFile(join(cwd, 'go.mod'), own)
  await copyFile(join(cwd, 'go.sum'), join(dirname(path), 'build.sum'))
  for (const replaced of dropReplace) await runCommand([go, 'mod', 'edit', `-dropreplace=${replaced}`, own], { signal })
  const linked = ['-s', '-w', ...(versionVariable === undefined ? [] : [`-X ${versionVariable}=${version}`])].join(' ')
  const flags = [
    '-mod=mod',
    `-modfile=${own}`,
    '-trimpath',
    `-ldflags=${linked}`,
    ...(tags === undefined ? [] : [`-tags=${tags}`]),
  ]
  const env = { CGO_ENABLED: headers === undefined ? '0' : '1' }
  const argv = ['nice', go, 'build', ...flags, '-o', `${path}.new`, place]
  const built = await runCommand(argv, { cwd, env, timeoutMs: BUILD_TIMEOUT_MS, signal, label: `go build of ${name}` })
  if (built.exitCode !== 0) return `go build failed: ${lastLine(built.stderr)}`
  await rename(`${path}.new`, path)
  return undefined
}

/** On the PATH, or where the toolchain's own archive puts it. */
function findGo(): string | undefined {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/go/bin']
  return places.map((directory) => join(directory, 'go')).find((file) => existsSync(file))
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
