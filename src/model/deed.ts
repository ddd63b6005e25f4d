// What somebody did on a host, as its logs tell it. Whoever may log may have made it up: it is shown, and decides nothing.

export interface Deed {
  /** By the host's clock, milliseconds since the epoch. */
  atMs: number
  /** When it ended, for what takes its time. */
  endedAtMs?: number
  by: 'sudo' | 'su' | 'ssh' | 'login' | 'apt'
  user: string
  /** The command, where somebody came from, or packages; it may hold anything that was typed. */
  what: string
}

/** Who is likely to have changed something. */
export interface Author {
  user: string
  by: Deed['by']
  atMs: number
  /** The program, and what of its arguments names what was changed; for a login where it came from. */
  what?: string
}
