// A problem in what the user wrote: data with a position and a reason, never an exception.

export interface Issue {
  /** Path relative to the desired-state directory. */
  file: string
  /** 1-based; 0 when the problem is the file as a whole. */
  line: number
  column: number
  /** Path of the field, for instance `spec.options.retention`; empty for the document. */
  path: string
  /** What was found and what was expected. */
  message: string
  /** The nearest valid spelling, where there is one. */
  suggestion?: string
}
