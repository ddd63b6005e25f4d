// Times at which components may be changed.

export interface Window {
  name: string
  /** When it opens: five fields as in crontab(5), by the clocks of the time zone. */
  cron: string
  durationMs: number
  /** IANA name, `Europe/Berlin`. */
  timeZone: string
  /** Whether drift is put right at any time, or inside the window only. */
  corrections: 'always' | 'inside'
}
