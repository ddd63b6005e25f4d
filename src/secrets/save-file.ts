// Puts the text of a SOPS file in its place: the old one or the new one, at every moment. It is ciphertext, for everybody to read.
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export async function saveFile(path: string, text: string): Promise<void> {
  // A name that no reading of the directory takes for a file of it.
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  try {
    await using handle = await open(temporary, 'wx', 0o644)
    await handle.writeFile(text)
    await handle.sync()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
