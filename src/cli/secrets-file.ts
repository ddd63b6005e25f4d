// Which SOPS file of the desired state a command is about.
import { resolve } from 'node:path'
import { isSopsFile } from '../spec/document-file.ts'
import { CliError } from './exit.ts'

/** Where the first secret goes. */
const FIRST = 'secrets.sops.yaml'

/**
 * Absolute path: the file that was asked for, else the one that has the secret, else the only one there is. Throws `CliError`
 * where it has to be said.
 */
export function secretsFile(
  directory: string,
  asked: string | undefined,
  known: { files: string[]; holding?: string | undefined },
): string {
  if (asked !== undefined) {
    if (!isSopsFile(asked)) throw new CliError(`${asked}: expected a name such as secrets.sops.yaml or db.sops.json`)
    return resolve(directory, asked)
  }
  const [only = FIRST, second] = known.holding === undefined ? known.files : [known.holding]
  if (second === undefined) return resolve(directory, only)
  throw new CliError(`there are several SOPS files; say which with --file: ${known.files.join(', ')}`)
}
