// Tidies away a directory that several labs share, once the last of them is gone.
import { rmdir } from 'node:fs/promises'

/** No complaint where it is not there, or is still needed by another. */
export async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
