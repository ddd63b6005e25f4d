// Progress as a table that is redrawn in place, for a person at a terminal.
import { componentPresentation } from './component-presentation.ts'
import type { Composition, RunningController } from './composition.ts'
import { table } from './table.ts'

/** At most this often, so that a burst of changes does not flicker. */
const REDRAW_MS = 200
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_BELOW = '\x1b[J'

/** Redraws until the signal; leaves the last table on the screen. */
export async function followTable(
  running: RunningController,
  composition: Composition,
  signal: AbortSignal,
): Promise<void> {
  const { terminal, wait } = composition
  let shown = ''
  terminal.out(HIDE_CURSOR)
  try {
    while (!signal.aborted) {
      shown = redraw(shown, running, composition)
      await wait(REDRAW_MS, signal)
    }
    redraw(shown, running, composition)
  } finally {
    terminal.out(SHOW_CURSOR)
  }
}

function redraw(shown: string, running: RunningController, { terminal, nowMs }: Composition): string {
  const columns = componentPresentation.columns(nowMs()).filter((column) => column.wide !== true)
  const options = { color: terminal.color, columns: terminal.columns }
  const text = `${table(columns, running.statuses(), options)}`
  if (text === shown) return shown
  const up = shown === '' ? '' : `\x1b[${shown.split('\n').length - 1}A\r${CLEAR_BELOW}`
  terminal.out(`${up}${text}`)
  return text
}
