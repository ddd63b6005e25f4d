// Files of the store are for its owner alone: directory 0700, files 0600.
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from './store.ts'

/**
 * Creates the directory of a file with mode 0700. One that is there keeps its mode; throws `StoreError` of kind `io` when
 * others may write to it, because they could put another file in the place of ours.
 */
export function makePrivateDirectory(filePath: string): void {
  const directory = dirname(filePath)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StoreError('io', `creating the state directory ${directory}: ${(cause as Error).message}`, { cause })
  }
  const mode = statSync(directory).mode & 0o7777
  if ((mode & 0o022) === 0) return
  const shown = mode.toString(8).padStart(4, '0')
  throw new StoreError(
    'io',
    `the state directory ${directory} can be written to by others (mode ${shown}); use one of mode 0700`,
  )
}

/** Creates an empty file with mode 0600 where there is none. SQLite gives the same mode to its -wal and -shm. */
export function createPrivateFile(path: string): void {
  // An existing file is never opened here: closing it would drop the locks this process holds on it (fcntl(2)).
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/** Makes a rename or a new name in the file's directory durable. */
export function syncDirectoryOf(path: string): void {
  const descriptor = openSync(dirname(path), 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
