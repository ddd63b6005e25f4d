// SOPS files for tests: those of test/fixtures/secrets were made by the program sops 3.13.3 with the identity beside them
// (`sops encrypt`, `sops set`), and what the program itself says of a file, where it is installed.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const fixtures = resolve(import.meta.dirname, '../fixtures/secrets')

export const sopsFixture = (name: string) => readFileSync(join(fixtures, name), 'utf8')

/** An age identity as `age-keygen` writes it: its file, and the two lines in it that count. */
export function identityOf(name: 'identity' | 'stranger') {
  const text = sopsFixture(`${name}.txt`)
  return { recipient: /age1\S+/.exec(text)?.[0] ?? '', key: /AGE-SECRET-KEY\S+/.exec(text)?.[0] ?? '' }
}

export interface SopsHome extends AsyncDisposable {
  path: string
  /** A file with the identity that nobody else can read. */
  keyFile: string
}

/** A directory for one test, with the identity of the fixtures in it. */
export async function sopsHome(): Promise<SopsHome> {
  const path = await mkdtemp(join(tmpdir(), 'homeostat-secrets-'))
  const keyFile = join(path, 'keys.txt')
  await copyFile(join(fixtures, 'identity.txt'), keyFile)
  await chmod(keyFile, 0o600)
  return { path, keyFile, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Where the real program is: on the PATH, or where `go install github.com/getsops/sops/v3/cmd/sops@latest` puts it. */
export const realSops = [...(process.env.PATH ?? '').split(':'), join(homedir(), 'go/bin')]
  .map((directory) => join(directory, 'sops'))
  .find((path) => existsSync(path))

/** Runs the real program; its standard output. Rejects when it fails. */
export async function runRealSops(
  words: string[],
  { keyFile, cwd }: { keyFile: string; cwd?: string },
): Promise<string> {
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', SOPS_AGE_KEY_FILE: keyFile }
  return (await promisify(execFile)(realSops ?? 'sops', words, { env, cwd })).stdout
}
