// Rules that Prometheus judges, as the user writes them: its own words, grouped.

export interface AlertRules {
  /** metadata.name; the rules lie in a file of this name. */
  name: string
  groups: RuleGroup[]
}

/** A group is judged as one, its rules in order. Fields are those of Prometheus' rule files. */
export interface RuleGroup {
  name: string
  /** How often; without it as often as Prometheus judges rules. */
  interval?: string
  limit?: number
  rules: Rule[]
}

export type Rule = AlertingRule | RecordingRule

export interface AlertingRule {
  alert: string
  expr: string
  for?: string
  keep_firing_for?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

export interface RecordingRule {
  record: string
  expr: string
  labels?: Record<string, string>
}
