// A Grafana dashboard, as the user writes it.

export interface Dashboard {
  /** metadata.name; its uid where the JSON names none. */
  name: string
  /** The folder that it is shown in; empty for the one that Grafana calls General. */
  folder: string
  /** Grafana's own JSON model, the file of the desired-state directory that it stands in, or what it is made of. */
  content: { json: Record<string, unknown> } | { from: string } | { board: Board }
}

/** A dashboard in short: what is asked, and how it is shown. Everything else of Grafana's model follows. */
export interface Board {
  title: string
  description: string
  tags: string[]
  /** How far back it looks at first, for instance `6h`. */
  range: string
  /** How often it is drawn anew, for instance `30s`. */
  refresh: string
  variables: BoardVariable[]
  /** By text, what is asked of Prometheus: while there is a result, every graph is marked with the text. */
  annotations: Record<string, string>
  rows: BoardRow[]
}

/** A choice at the top: values that Prometheus knows, or a text that one types. */
export interface BoardVariable {
  name: string
  label?: string
  /** In Grafana's words: `label_values(metric, label)`. Absent: a text. */
  values?: string
}

export interface BoardRow {
  title: string
  panels: BoardPanel[]
}

export type PanelType = 'timeseries' | 'stat' | 'bargauge' | 'state-timeline' | 'table' | 'logs'

export interface BoardPanel {
  title: string
  /** What it tells, and what to do when it looks bad. */
  description?: string
  type: PanelType
  /** Of 24 columns. Absent: an equal part of its row. */
  width?: number
  /** In Grafana's units of 30 pixels. */
  height?: number
  source: 'prometheus' | 'loki'
  /** By legend, what is asked. */
  queries: Record<string, string>
  /** A unit of Grafana's, for instance `percentunit`. */
  unit?: string
  decimals?: number
  min?: number
  max?: number
  thresholds?: BoardThresholds
  /** By value, the text that is shown instead. */
  texts?: Record<string, string>
  stack?: boolean
  /** Of a table: headings by label, in their order; others are left out. */
  columns?: Record<string, string>
}

/** Where the colour changes: green, orange from `warn`, red from `bad`; or, where low is bad: red, orange from `warn`, green from `good`. */
export interface BoardThresholds {
  warn?: number
  bad?: number
  good?: number
}
