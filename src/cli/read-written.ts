// What is written in a directory of desired state at this moment, for commands: they do not wait for it to change.
import { catalog } from '../catalog/registry.ts'
import type { DesiredState } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'
import { directorySource } from '../source/directory.ts'
import { readDesiredState } from '../spec/desired-state.ts'
import { CliError } from './exit.ts'

export interface WrittenState {
  /** Texts of all files by relative path. */
  files: Record<string, string>
  /** What could not be read; among the issues of `desired` too. */
  problems: Issue[]
  desired: DesiredState
}

/** Never rejects for what stands there, or for what is not there: that is among the problems. */
export async function readWritten(directory: string): Promise<WrittenState> {
  const source = directorySource(directory)
  const { files, problems } = await source.current().finally(() => source.close())
  const { desired } = readDesiredState(files, {}, catalog, problems)
  return { files, problems: [...problems], desired }
}

/** As `readWritten`. Rejects with `CliError` where the directory cannot be read at all. */
export async function mustReadWritten(directory: string): Promise<WrittenState> {
  const written = await readWritten(directory)
  const whole = written.problems.find(({ file }) => file === '.')
  if (whole !== undefined && Object.keys(written.files).length === 0) throw new CliError(whole.message)
  return written
}
