// `homeostat import manifest FILE`: somebody else's service manifest becomes a Manifest document.
import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Command } from 'commander'
import type { Composition } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import { issueText } from './issue-text.ts'
import { verbSummaries } from './verbs.ts'

const MAX_BYTES = 16 * 1024 * 1024
const NIX_TIMEOUT_MS = 60_000

interface Flags {
  output?: string
  name?: string
  force?: boolean
}

export function register(program: Command, composition: Composition): void {
  const group = program.command('import').summary(verbSummaries.import as string)
  group.description('Turn what other tools describe the network with into documents of the desired state.')
  group
    .command('manifest FILE')
    .summary("a service manifest like NixMox's")
    .description(
      'Write the Manifest document for a service manifest: FILE is the JSON of an evaluated service-manifest.nix, or the\n' +
        '.nix file itself where Nix is installed (Debian: nix-bin). Fields that nothing reads are left behind, and named.',
    )
    .option('-o, --output <file>', 'where to write it (default: standard output); a file that is there is not replaced')
    .option('--name <name>', 'metadata.name (default: made of the domain)')
    .option('--force', 'replace the file that is there')
    .addHelpText('after', '\nExample:\n  homeostat import manifest service-manifest.nix -o desired-state/manifest.yaml')
    .action((file: string, flags: Flags) => importFile(file, flags, composition))
}

async function importFile(file: string, flags: Flags, composition: Composition): Promise<void> {
  const { terminal, cwd, exit } = composition
  const { importManifest } = await import('../spec/import-manifest.ts')
  const path = resolve(cwd, file)
  const json = file.endsWith('.nix') ? await evaluated(path, composition) : await contentOf(path)
  const { text, issues } = importManifest(basename(file), json, nameFrom(flags))
  if (text !== undefined) return deliver(text, flags, composition)
  const context = { terminal, cwd, directory: dirname(path), textOf: () => (file.endsWith('.nix') ? undefined : json) }
  for (const issue of issues) terminal.out(issueText(issue, context))
  terminal.err(`${issues.length} problem${issues.length === 1 ? '' : 's'} in ${file}: nothing was written\n`)
  exit(exitCodes.problems)
}

function nameFrom({ name }: Flags): string | undefined {
  if (name === undefined || /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name)) return name
  throw new CliError(`--name ${name}: expected lower-case letters, digits, "-" and ".", at most 63 characters`)
}

async function contentOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw new CliError(`${path} has ${size} bytes; a manifest has at most ${MAX_BYTES}`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`cannot read ${path}: ${(error as Error).message}`)
  }
}

/** What Nix makes of the file, as JSON. It is a program in Nix' own language, so it is run: by the user, who named it. */
async function evaluated(path: string, { env }: Composition): Promise<string> {
  try {
    const words = ['--eval', '--strict', '--json', path]
    const options = { env: { ...env }, timeout: NIX_TIMEOUT_MS, maxBuffer: MAX_BYTES }
    return (await promisify(execFile)('nix-instantiate', words, options)).stdout
  } catch (error) {
    const { code, killed, stderr } = error as { code?: unknown; killed?: boolean; stderr?: string }
    if (code === 'ENOENT')
      throw new CliError(
        `${path} has to be evaluated by Nix, and nix-instantiate is not here. Install it (Debian: apt-get install nix-bin), or ` +
          'evaluate the file where it is: nix-instantiate --eval --strict --json FILE > manifest.json',
      )
    if (killed) throw new CliError(`nix-instantiate did not evaluate ${path} within ${NIX_TIMEOUT_MS / 1000} s`)
    throw new CliError(`nix-instantiate cannot evaluate ${path}: ${(stderr || (error as Error).message).trim()}`)
  }
}

async function deliver(text: string, { output, force }: Flags, { terminal, cwd }: Composition): Promise<void> {
  if (output === undefined) return terminal.out(text)
  try {
    await writeFile(resolve(cwd, output), text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const isThere = (error as { code?: string }).code === 'EEXIST'
    const reason = isThere ? 'it is there already; --force replaces it' : (error as Error).message
    throw new CliError(`cannot write ${output}: ${reason}`)
  }
  terminal.err(`wrote ${output}\n`)
}
