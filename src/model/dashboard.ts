// A Grafana dashboard, as the user writes it.

export interface Dashboard {
  /** metadata.name; its uid where the JSON names none. */
  name: string
  /** The folder that it is shown in; empty for the one that Grafana calls General. */
  folder: string
  /** Grafana's own JSON model, or the file of the desired-state directory that it stands in. */
  content: { json: Record<string, unknown> } | { from: string }
}
