// Commits files of a working tree, and nothing else that lies there. Through the program git, as the user would.
import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError } from './exit.ts'

const TIMEOUT_MS = 60_000

/**
 * Throws `CliError` where a commit of the file would not be of its coming change alone, or cannot be made: no repository, not tracked,
 * changed since the last commit, a merge or rebase under way. `path` has no symbolic link in it.
 */
export async function mustBeCommitted(path: string): Promise<void> {
  const inside = await git(path, ['rev-parse', '--is-inside-work-tree'])
  if (inside.said.trim() !== 'true') throw new CliError(`${path} is in no Git working tree: ${inside.said}`)
  const tracked = await git(path, ['ls-files', '--error-unmatch', '--', basename(path)])
  if (tracked.exitCode !== 0) throw new CliError(`${path} is not tracked by Git: git add and commit it first`)
  if (await hasChanges(path)) throw new CliError(`${path} has changes that are not committed: commit them first`)
  const busy = await underWay(path)
  if (busy !== undefined) throw new CliError(`there is a ${busy} under way in the repository of ${path}: end it first`)
}

/** Whether the file differs from the last commit, in the working tree or in the index. */
export async function hasChanges(path: string): Promise<boolean> {
  const { exitCode, said } = await git(path, ['status', '--porcelain', '--', basename(path)])
  if (exitCode !== 0) throw new CliError(`git status of ${path}: ${said}`)
  return said !== ''
}

/** One commit of the files of one repository as they lie there; what else is changed or staged stays so. Returns the commit, shortened. */
export async function commitFiles(paths: [string, ...string[]], message: string): Promise<string> {
  const [path] = paths
  const { exitCode, said } = await git(path, ['commit', '--quiet', '--only', '-m', message, '--', ...paths])
  if (exitCode !== 0) throw new CliError(`git commit ended with exit code ${exitCode}: ${said}`)
  return (await git(path, ['rev-parse', '--short', 'HEAD'])).said
}

const PLACES = { merge: 'MERGE_HEAD', 'cherry-pick': 'CHERRY_PICK_HEAD', revert: 'REVERT_HEAD', rebase: 'rebase-merge' }

async function underWay(path: string): Promise<string | undefined> {
  for (const [what, place] of [...Object.entries(PLACES), ['rebase', 'rebase-apply'] as const]) {
    const { said } = await git(path, ['rev-parse', '--git-path', place])
    // Relative to where git was started, unless it is absolute.
    const there = await access(said.startsWith('/') ? said : join(dirname(path), said)).then(
      () => true,
      () => false,
    )
    if (there) return what
  }
  return undefined
}

function git(path: string, words: string[]): Promise<{ exitCode: number; said: string }> {
  // Within a hook of another repository they would lead there.
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, GIT_PREFIX: ____, ...env } = process.env
  const options = { cwd: dirname(path), env: { ...env, LC_ALL: 'C.UTF-8' }, timeout: TIMEOUT_MS }
  return new Promise((resolve, reject) => {
    execFile('git', ['--literal-pathspecs', ...words], options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') return reject(new CliError('there is no program git here: it is needed to commit'))
      if (error?.killed) return reject(new CliError(`git ${words[0]} did not end within ${TIMEOUT_MS / 1000} s`))
      const said = (stdout || stderr).trim()
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), said })
    })
  })
}
