// Puts a file of the desired state in its place: the old one or the new one, at every moment.
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Mode and owner stay those of the file that was there; a new one is for everybody to read. `path` is no symbolic link: that
 * would be replaced. Throws errors of the file system, and then the old one stands.
 */
export async function saveFile(path: string, text: string): Promise<void> {
  // A name that no reading of the directory takes for a file of it.
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  try {
    await using handle = await open(temporary, 'wx', 0o644)
    await likeBefore(handle, path)
    await handle.writeFile(text)
    await handle.sync()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function likeBefore(handle: FileHandle, path: string): Promise<void> {
  const before = await stat(path).catch(() => undefined)
  if (before === undefined) return
  // Who is not root cannot give a file away, but may write one in another's place: then it is theirs.
  await handle.chown(before.uid, before.gid).catch(() => handle.chown(-1, before.gid).catch(() => undefined))
  await handle.chmod(before.mode & 0o777)
}
