// The few colours of the output; a cell carries its colour apart from its text, so that widths are counted on text alone.

export type Color = 'green' | 'yellow' | 'red' | 'magenta' | 'cyan' | 'dim' | 'bold'

const codes: Readonly<Record<Color, readonly [on: number, off: number]>> = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
}

/** The text in that colour; as it is where there is no colour or none is wanted. */
export function paint(text: string, color: Color | undefined, wanted: boolean): string {
  if (color === undefined || !wanted || text === '') return text
  const [on, off] = codes[color]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

/** The colour of a lifecycle state such as `failed.retrying`. */
export function stateColor(state: string): Color | undefined {
  if (state === 'healthy.inSync') return 'green'
  const dot = state.indexOf('.')
  const top = dot < 0 ? state : state.slice(0, dot)
  if (top === 'failed') return 'red'
  if (top === 'rolledBack') return 'magenta'
  if (top === 'disabled') return 'dim'
  return top === 'healthy' || top === 'deploying' || top === 'verifying' ? 'yellow' : undefined
}

/** The colour of a condition's status. */
export function statusColor(status: string): Color | undefined {
  return ({ True: 'green', False: 'red', Unknown: 'yellow' } as const)[status]
}
