// The program `sops`, where it is installed: it reads what we do not (PGP, key services, Shamir groups).
import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { SecretsError } from './secrets-error.ts'
import { leavesOf, parsePlain, type SopsFile, type SopsLeaf } from './sops-file.ts'

export type Format = 'yaml' | 'json'
type Env = Readonly<Record<string, string | undefined>>

export interface SopsProgram {
  path: string
  env: Env
}

const TIMEOUT_MS = 30_000
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

/** The first `sops` on the PATH; undefined where there is none. With `ageKeyFile` that is the only age identity it gets. */
export async function findSopsProgram(env: Env, ageKeyFile?: string): Promise<SopsProgram | undefined> {
  for (const directory of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(directory, 'sops')
    if (await isExecutable(path)) return { path, env: environment(env, ageKeyFile) }
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function environment(env: Env, ageKeyFile: string | undefined): Env {
  if (ageKeyFile === undefined) return env
  const { SOPS_AGE_KEY: _, SOPS_AGE_KEY_CMD: __, ...rest } = env
  return { ...rest, SOPS_AGE_KEY_FILE: ageKeyFile }
}

/** The values of a file that we have read already, in the order of its leaves. Throws `SecretsError`. */
export async function decryptByProgram(
  program: SopsProgram,
  text: string,
  file: SopsFile,
  format: Format,
): Promise<{ leaf: SopsLeaf; text: string }[]> {
  const words = ['decrypt', '--input-type', format, '--output-type', 'json', '/dev/stdin']
  const { exitCode, stdout } = await runSops(program, words, { input: text })
  if (exitCode !== 0) throw new SecretsError(...reasonOf(exitCode))
  const plain = leavesOf(parsePlain(stdout.toString('utf8')), file.metadata.rule)
  return file.leaves.map((leaf, index) => {
    const found = plain[index]
    if (found === undefined || found.path.join('/') !== leaf.path.join('/'))
      throw new SecretsError('program', `${program.path} gave other names than the file has`)
    const { value, source } = found.node
    return { leaf, text: typeof value === 'string' ? value : (source ?? String(value)) }
  })
}

/** What it says itself is not passed on: it quotes values that it could not read. Source: cmd/sops/codes of getsops/sops 3.13. */
function reasonOf(exitCode: number): ['tampered' | 'recipient' | 'program', string] {
  switch (exitCode) {
    case 51:
      return ['tampered', 'its MAC does not match: something was added, removed, moved or replaced without the key']
    case 25:
      return ['tampered', 'a value in it is not what was encrypted there: it was replaced, moved or damaged']
    case 128:
      return ['recipient', 'it is encrypted for keys that are not to be had here']
    default:
      return ['program', `sops ended with exit code ${exitCode}; run it by hand to hear why`]
  }
}

export interface SopsRun {
  exitCode: number
  stdout: Buffer
}

/** Runs it with its standard input given and its messages dropped. Throws `SecretsError` when it does not end in 30 s. */
export async function runSops(
  { path, env }: SopsProgram,
  words: readonly string[],
  { input, cwd }: { input: string; cwd?: string },
): Promise<SopsRun> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const options = { env, cwd, stdio: ['pipe', 'pipe', 'ignore'] as const, signal, killSignal: 'SIGKILL' as const }
  // What Node gives a child is a socket, which cannot be opened as /dev/stdin; a pipe can.
  const child = spawn('/bin/sh', ['-c', 'cat | exec "$0" "$@"', path, ...words], {
    ...options,
    stdio: [...options.stdio],
  })
  const chunks: Buffer[] = []
  let size = 0
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_OUTPUT_BYTES) child.kill('SIGKILL')
    else chunks.push(chunk)
  })
  // It may end without reading; its exit code tells.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      const why = signal.aborted ? `did not end within ${TIMEOUT_MS / 1000} s` : 'cannot be run'
      reject(new SecretsError('program', `${path} ${why}`, cause))
    })
    child.on('close', (code) => {
      if (code === null) reject(new SecretsError('program', `${path} was ended, or said more than it may`))
      else resolve({ exitCode: code, stdout: Buffer.concat(chunks) })
    })
  })
}
