// Which running configuration is taken for ours, on what Prometheus itself answers.
import { expect, test } from 'vitest'
import { runningIntervals } from '../../../src/catalog/prometheus-config.ts'

const answer = (global: string) =>
  JSON.stringify({ status: 'success', data: { yaml: `global:\n${global}scrape_configs:\n- job_name: a\n` } })
/** Of Prometheus 2.42 and 3.5. */
const older = answer('  scrape_interval: 1m30s\n  scrape_timeout: 10s\n  evaluation_interval: 1h\n')
const newer = answer(
  '  scrape_interval: 1m30s\n  scrape_timeout: 10s\n  scrape_protocols:\n  - PrometheusProto\n  evaluation_interval: 1h\n  runtime:\n    gogc: 75\n',
)

test.each([
  ['as they are', '90s', '60m', true],
  ['another scrape interval', '9s', '1h', false],
  ['another evaluation interval', '90s', '59m', false],
  ['a part of it', '30s', '1h', false],
])('an answer with %s', (_, scrapeInterval, evaluationInterval, isOurs) => {
  const pattern = new RegExp(runningIntervals({ scrapeInterval, evaluationInterval }), 'm')
  expect([older, newer].map((text) => pattern.test(text))).toEqual([isOurs, isOurs])
})
