// The text of prometheus.yml: what is scraped, which rules are judged, where alerts go.
import { yamlText } from './config-text.ts'
import type { ScrapeTarget } from './scrape-targets.ts'

/** What Prometheus is to scrape, by job. */
export type Jobs = Record<string, ScrapeTarget[]> & { alertmanager: ScrapeTarget[] }

interface Settings {
  scrapeInterval: string
  evaluationInterval: string
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
