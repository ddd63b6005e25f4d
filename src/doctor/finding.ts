// What is wrong somewhere, and what a person does about it.

export interface Finding {
  /** The check that found it: `disk`, `clock`. */
  check: string
  /** Absent where it is about the controller or the desired state. */
  host?: string
  component?: string
  /** What was seen. It may hold what a host said, escaped. */
  message: string
  /** What to do next. */
  next: string
  /** Worth knowing, and nothing that keeps anything from working. */
  isNote?: true
}

/** What a check says of one host; `doctor` adds the rest. */
export type HostFinding = Omit<Finding, 'check' | 'host'>
