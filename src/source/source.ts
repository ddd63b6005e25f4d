// Where desired state comes from. `directory.ts` is the one there is; a Git source has the same shape.
import type { Issue } from '../model/issue.ts'

export interface SourceSnapshot {
  /** Texts by path relative to the root, with `/` between its parts. */
  files: Record<string, string>
  /** SHA-256 of all paths and texts, lower-case hex: the same exactly when the files are the same. */
  revision: string
  /**
   * What could not be read, by its path; `.` for the whole. `files` then holds the text read last for it, where there is
   * one: what cannot be read is never missing.
   */
  problems: Issue[]
}

export interface Source {
  /** Reads everything again. Never rejects: what goes wrong is in `problems`. */
  current(): Promise<SourceSnapshot>
  /**
   * What is there at this moment, be it half written: to prepare on, never to act on. Never rejects. Absent where there is
   * nothing between two states.
   */
  glimpse?(): Promise<SourceSnapshot>
  /**
   * Calls `onChange` whenever `current()` would give other files or other problems than it gave last, and `onStir`, at most
   * once before that, as soon as something seems to be changing. Returns a function that ends it. A second call replaces the
   * first one's callbacks.
   */
  watch(onChange: () => void, onStir?: () => void): () => void
  /** Ends watching and waits for what is under way. */
  close(): Promise<void>
}
