// What a stand-in counts of what it really does, as Prometheus reads it (text format 0.0.4). What it has nothing of, it does not serve.

type Labels = Record<string, string>

/** Upper ends of the buckets that Loki counts requests in, seconds. */
const ENDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100]

export class Metrics {
  /** By name and labels. */
  readonly #values = new Map<string, number>()

  set(name: string, labels: Labels, value: number): void {
    this.#values.set(seriesOf(name, labels), value)
  }

  add(name: string, labels: Labels, by = 1): void {
    const series = seriesOf(name, labels)
    this.#values.set(series, (this.#values.get(series) ?? 0) + by)
  }

  /** Counts and adds up how long something took. */
  time(name: string, labels: Labels, seconds: number): void {
    this.add(`${name}_count`, labels)
    this.add(`${name}_sum`, labels, seconds)
  }

  /** The same, and into buckets. */
  observe(name: string, labels: Labels, seconds: number): void {
    for (const end of ENDS) this.add(`${name}_bucket`, { ...labels, le: `${end}` }, seconds <= end ? 1 : 0)
    this.add(`${name}_bucket`, { ...labels, le: '+Inf' })
    this.time(name, labels, seconds)
  }

  /** A line for each, sorted. */
  text(): string {
    return [...this.#values]
      .map(([series, value]) => `${series} ${value}\n`)
      .sort()
      .join('')
  }
}

function seriesOf(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}
