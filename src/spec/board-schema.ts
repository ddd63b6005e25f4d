// A dashboard in short, as written: rows of panels, each with what it asks.
import { z } from 'zod'
import { duration, oneLine } from '../catalog/scalars.ts'
import type { Board, BoardPanel, BoardVariable } from '../model/dashboard.ts'
import { withoutAbsent } from './without-absent.ts'

const VARIABLE = 'expected letters, digits and "_", beginning with a letter'
const LIMITS = 'expected warn (orange from there on), bad (red) or good (green), and not both of bad and good'
const MIXED = 'columns are those of a table'
const LOGS = 'logs are of the source loki'

const expression = z.string({ error: 'expected an expression' }).min(1).max(10_000)
const caption = oneLine.max(200)

const thresholds = z
  .strictObject({ warn: z.number().optional(), bad: z.number().optional(), good: z.number().optional() })
  .refine((it) => Object.keys(it).length > 0 && (it.bad === undefined || it.good === undefined), { error: LIMITS })
  .describe(
    'Where it turns orange (`warn`), and red (`bad`, for what must not be high) or green (`good`, for what must not be low).',
  )

const panel = z
  .strictObject({
    title: caption,
    description: z
      .string()
      .max(2000)
      .optional()
      .describe('What it tells, and what to do about it: shown beside the title.'),
    type: z
      .enum(['timeseries', 'stat', 'bargauge', 'state-timeline', 'table', 'logs'])
      .default('timeseries')
      .describe('How it is shown.'),
    source: z.enum(['prometheus', 'loki']).optional().describe('Who is asked. Default: prometheus, and loki for logs.'),
    queries: z
      .record(z.string().max(200), expression)
      .refine((queries) => Object.keys(queries).length > 0, { error: 'expected at least one query' })
      .describe('By legend, what is asked; `{{instance}}` in a legend is that label.'),
    unit: oneLine.max(60).optional().describe("A unit of Grafana's: short, percentunit, bytes, s, reqps, …"),
    decimals: z.int().min(0).max(10).optional(),
    min: z.number().optional().describe('Where the axis begins.'),
    max: z.number().optional().describe('Where the axis ends.'),
    thresholds: thresholds.optional(),
    texts: z.record(z.string(), caption).optional().describe('Texts instead of values: `{ "0": down, "1": up }`.'),
    stack: z.boolean().optional().describe('Graphs on top of each other.'),
    columns: z
      .record(z.string(), z.string().max(60))
      .optional()
      .describe('Of a table: headings by label, in this order; `Value` is the value. Others are left out.'),
    width: z.int().min(1).max(24).optional().describe('Of 24 columns. Default: an equal part of its row.'),
    height: z.int().min(2).max(60).optional().describe("In Grafana's units of 30 pixels."),
  })
  .refine(({ type, columns }) => columns === undefined || type === 'table', { error: MIXED, path: ['columns'] })
  .refine(({ type, source }) => type !== 'logs' || source !== 'prometheus', { error: LOGS, path: ['source'] })

const variable = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z]\w{0,39}$/, { error: VARIABLE })
    .describe('`$name` in queries.'),
  label: caption.optional().describe('What stands beside it.'),
  values: oneLine
    .optional()
    .describe('What can be chosen: label_values(METRIC, LABEL), all at first. Without it: a text, empty at first.'),
})

export const boardSchema = z
  .strictObject({
    title: caption,
    description: z.string().max(2000).default(''),
    tags: z.array(caption).max(20).default([]),
    range: duration({ min: '1m' }).default('6h').describe('How far back it looks at first.'),
    refresh: duration({ min: '5s' }).default('30s').describe('How often it is drawn anew.'),
    variables: z.array(variable).max(20).default([]).describe('Choices at the top of the page.'),
    annotations: z
      .record(caption, expression)
      .default({})
      .describe('By text, an expression: while it has a result, every graph is marked with the text.'),
    rows: z
      .array(z.strictObject({ title: caption, panels: z.array(panel).min(1).max(50) }))
      .min(1)
      .max(50),
  })
  .describe('The dashboard in short: Grafana gets a whole one that is made of it.')

export function toBoard({ rows, variables, ...rest }: z.output<typeof boardSchema>): Board {
  return {
    ...rest,
    variables: variables.map((it): BoardVariable => withoutAbsent(it)),
    rows: rows.map(({ title, panels }) => ({ title, panels: panels.map(toPanel) })),
  }
}

function toPanel({ source, thresholds, ...rest }: z.output<typeof panel>): BoardPanel {
  const limits = thresholds === undefined ? {} : { thresholds: withoutAbsent(thresholds) }
  return { ...withoutAbsent(rest), ...limits, source: source ?? (rest.type === 'logs' ? 'loki' : 'prometheus') }
}
