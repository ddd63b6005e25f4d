// The text of prometheus.yml: what is scraped, which rules are judged, where alerts go.
import { yamlText } from './config-text.ts'
import { durationMs } from './scalars.ts'
import type { ScrapeTarget } from './scrape-targets.ts'

/** What Prometheus is to scrape, by job. */
export type Jobs = Record<string, ScrapeTarget[]> & { alertmanager: ScrapeTarget[] }

interface Intervals {
  scrapeInterval: string
  evaluationInterval: string
}

interface Settings extends Intervals {
  externalLabels: Record<string, string>
  /** Jobs in Prometheus' own words, after ours. */
  scrapeConfigs: unknown[]
}

/** `rulePaths` are relative to the configuration file. */
export function prometheusConfig(settings: Settings, jobs: Jobs, rulePaths: string[]): string {
  const { scrapeInterval, evaluationInterval, externalLabels, scrapeConfigs } = settings
  const own = Object.entries(jobs).filter(([, targets]) => targets.length > 0)
  return yamlText({
    global: {
      scrape_interval: scrapeInterval,
      evaluation_interval: evaluationInterval,
      ...(Object.keys(externalLabels).length === 0 ? {} : { external_labels: externalLabels }),
    },
    ...(rulePaths.length === 0 ? {} : { rule_files: rulePaths }),
    ...(jobs.alertmanager.length === 0 ? {} : { alerting: alerting(jobs.alertmanager) }),
    scrape_configs: [...own.map(([job, targets]) => scrapeJob(job, targets)), ...scrapeConfigs],
  })
}

/**
 * What Prometheus' `/api/v1/status/config` answers while it runs with these intervals, as a regular expression: the text is YAML in a
 * string, in Prometheus' own order and with durations as it writes them.
 */
export function runningIntervals({ scrapeInterval, evaluationInterval }: Intervals): string {
  const lines = [
    `scrape_interval: ${asWritten(scrapeInterval)}`,
    `evaluation_interval: ${asWritten(evaluationInterval)}`,
  ]
  return `"yaml":"global:\\\\n${lines.map((line) => `  ${line}\\\\n`).join('(  [^"]*?)??')}`
}

/** `90s` is `1m30s` to Prometheus; none of ours is longer than an hour. */
function asWritten(duration: string): string {
  const ms = durationMs(duration)
  const parts = [
    [Math.floor(ms / 3_600_000), 'h'],
    [Math.floor(ms / 60_000) % 60, 'm'],
    [Math.floor(ms / 1_000) % 60, 's'],
    [ms % 1_000, 'ms'],
  ] as const
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : `${count}${unit}`)).join('')
}

function alerting(targets: ScrapeTarget[]) {
  return { alertmanagers: [{ static_configs: [{ targets: targets.map(({ address }) => address) }] }] }
}

function scrapeJob(job: string, targets: ScrapeTarget[]) {
  return {
    job_name: job,
    static_configs: targets.map(({ address, instance, labels }) => ({
      targets: [address],
      labels: { instance, ...labels },
    })),
  }
}
