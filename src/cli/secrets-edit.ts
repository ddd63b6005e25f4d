// `homeostat secrets edit [FILE]`: through `sops edit` where it is installed, else by our own reading and writing. Either way the
// plain text is in a private directory only.
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type Editing, openForEditing } from '../secrets/edit-secrets.ts'
import { findOpener } from '../secrets/secret-reader.ts'
import { SecretsError } from '../secrets/secrets-error.ts'
import { SopsFileError } from '../secrets/sops-file-error.ts'
import type { SopsProgram } from '../secrets/sops-program.ts'
import { directorySource } from '../source/directory.ts'
import { isSopsFile } from '../spec/document-file.ts'
import type { Composition } from './composition.ts'
import { CliError } from './exit.ts'
import { withPrivateDirectory } from './private-directory.ts'
import { type SecretFlags, secretSources } from './secret-options.ts'
import { secretsFile } from './secrets-file.ts'
import { asCliError } from './secrets-set.ts'

export async function editFile(
  file: string | undefined,
  flags: SecretFlags & { dir?: string },
  composition: Composition,
): Promise<void> {
  const directory = composition.desiredStateDir(flags.dir)
  const { files } = await directorySource(directory).current()
  const path = secretsFile(directory, file, { files: Object.keys(files).filter(isSopsFile) })
  const opener = await findOpener(secretSources(flags, composition))
  await withPrivateDirectory(async (place) => {
    if (opener.by === 'program') return editByProgram(opener.program, path, place)
    try {
      await editByUs(await openForEditing(path, opener), { path, place }, composition)
    } catch (error) {
      throw asCliError(error, path)
    }
  })
}

/** Source: cmd/sops/codes of getsops/sops 3.13. */
const NOT_MODIFIED = 200

async function editByProgram({ path: program, env }: SopsProgram, path: string, place: string): Promise<void> {
  const code = await attached(program, ['edit', path], { env: { ...env, TMPDIR: place }, cwd: dirname(path) })
  if (code !== 0 && code !== NOT_MODIFIED) throw new CliError(`sops edit ended with exit code ${code}`)
}

interface Places {
  path: string
  /** The private directory. */
  place: string
}

async function editByUs(editing: Editing, { path, place }: Places, composition: Composition): Promise<void> {
  const { terminal, env, cwd, nowMs } = composition
  const draft = join(place, basename(path).replace('.sops.', '.'))
  await writeFile(draft, editing.plain, { mode: 0o600, flag: 'wx' })
  const editor = env.VISUAL || env.EDITOR || 'vi'
  for (;;) {
    const code = await attached('/bin/sh', ['-c', `exec ${editor} "$1"`, 'sh', draft], { env })
    if (code !== 0) throw new CliError(`${editor} ended with exit code ${code}; nothing was changed`)
    const edited = await readFile(draft, 'utf8')
    if (edited === editing.plain) return terminal.err('nothing was changed\n')
    const problem = await saveOrSay(editing, edited, new Date(nowMs()))
    if (problem === undefined) return terminal.err(`${relative(cwd, path)} is written\n`)
    if (!process.stdin.isTTY) throw new CliError(`${problem}; nothing was changed`)
    await again(`${problem}\nEnter opens the editor again, Ctrl-C gives up: `)
  }
}

async function saveOrSay(editing: Editing, edited: string, now: Date): Promise<string | undefined> {
  try {
    await editing.save(edited, now)
    return undefined
  } catch (error) {
    if (error instanceof SopsFileError || error instanceof SecretsError) return error.message
    throw error
  }
}

async function again(question: string): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    await new Promise<void>((resolve, reject) => {
      lines.on('close', () => reject(new CliError('given up; nothing was changed')))
      void lines.question(question).then(() => resolve())
    })
  } finally {
    lines.close()
  }
}

type Env = Readonly<Record<string, string | undefined>>

/** Its exit code; a program that was ended by a signal counts as failed. */
function attached(program: string, words: string[], { env, cwd }: { env: Env; cwd?: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'inherit', env, cwd })
    const end = () => child.kill('SIGTERM')
    process.once('exit', end)
    child.on('error', reject)
    child.on('exit', (code) => {
      process.off('exit', end)
      resolve(code ?? 1)
    })
  })
}
