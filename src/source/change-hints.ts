// File events below a directory, as nothing more than a hint that something may have changed.
import { basename } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

export interface ChangeHints {
  /** Watches this directory instead of the one before; the same one again changes nothing. */
  follow(directory: string): void
  close(): Promise<void>
}

/** Calls `touch` for every event. */
export function watchHints(to: { touch(): void; onError(error: unknown): void }): ChangeHints {
  let current: { directory: string; watcher: FSWatcher } | undefined
  let closing: Promise<unknown> = Promise.resolve()
  const leave = () => {
    const watcher = current?.watcher
    current = undefined
    if (watcher !== undefined) closing = Promise.all([closing, watcher.close()])
  }
  return {
    follow(directory) {
      if (current?.directory === directory) return
      leave()
      // `atomic` would hold back removals; the quiet time does that for everything at once.
      const options = {
        ignoreInitial: true,
        atomic: false,
        ignored: (path: string) => path !== directory && isUnseen(path),
      }
      const watcher = watch(directory, options).on('all', () => to.touch())
      // What changed while the watches were being set up has caused no event.
      watcher.on('ready', () => to.touch())
      watcher.on('error', (error) => to.onError(error))
      current = { directory, watcher }
    },
    async close() {
      leave()
      await closing
    },
  }
}

/** Git's directory changes all the time. `..data` is the link that Kubernetes swaps when it updates mounted files. */
function isUnseen(path: string): boolean {
  const name = basename(path)
  return name.startsWith('.') && !name.startsWith('..')
}
