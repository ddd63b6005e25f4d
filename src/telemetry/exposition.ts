// Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/) for series that we keep ourselves.

export interface Family {
  name: string
  type: 'gauge' | 'counter'
  help: string
  samples: { labels: string; value: number }[]
}

/** All samples of a family under its HELP and TYPE lines. */
export function familyText({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels, value }) => `${name}{${labels}} ${value}\n`)
  return `\n# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

/** `name="value",…` with the values escaped. */
export function labelText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
