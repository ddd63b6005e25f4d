// Prometheus: collects and stores the metrics of every machine and judges the alert rules. Options and manifest →
// configuration, service and the proof that each expected target is being scraped.
import { z } from 'zod'
import { type ComponentKey, componentKey } from '../model/key.ts'
import type { FileResource } from '../model/resource.ts'
import { fromItsHost, hostPort, isIp } from './address.ts'
import { type ExpectedTarget, ruleOptions, rulesOf } from './alert-rules.ts'
import { listensAt } from './clients.ts'
import { defineType, type RenderContext } from './define-type.ts'
import { boundedStop, isolated } from './hardening.ts'
import {
  type Endpoint,
  escapePattern,
  httpAnswers,
  metricIs,
  needing,
  queryGives,
  rulesJudged,
  targetsUp,
  unitActive,
} from './probes.ts'
import { type Jobs, prometheusConfig, runningIntervals } from './prometheus-config.ts'
import { directory, file, packages, user } from './resources.ts'
import { absolutePath, duration, extraFlags, ipAddress, oneLine, port } from './scalars.ts'
import { alertmanagerTargets, nodeTargets, onHost, type ScrapeTarget, servedBy } from './scrape-targets.ts'
import { servedJobs, servedTargets } from './served-metrics.ts'
import { debianService, quoteSetting } from './service.ts'
import { waitForAddress } from './wait-for-address.ts'

const UNIT = 'prometheus.service'
const ETC = '/etc/homeostat/prometheus'
const GROUP = 'homeostat-prometheus'
const OWN_JOBS = ['prometheus', 'node', 'alertmanager', 'homeostat', ...servedJobs]

const jobName = oneLine.refine((name) => !OWN_JOBS.includes(name), {
  error: `the jobs ${OWN_JOBS.join(', ')} are made from the manifest and the other components; expected another name`,
})

const HOMEOSTAT = 'expected an IP address with a port, for instance 192.0.2.1:8080'

const options = z.strictObject({
  port: port.default(9090).describe('Of its web page and API.'),
  listenAddress: ipAddress
    .optional()
    .describe("Default: loopback while all who connect to it run on its host, else the host's address for others."),
  retention: duration({ min: '1h' }).default('30d').describe('How long samples are kept.'),
  scrapeInterval: duration({ min: '1s', max: '1h' }).default('15s').describe('How often targets are scraped.'),
  evaluationInterval: duration({ min: '1s', max: '1h' }).default('15s').describe('How often rules are judged.'),
  dataDir: absolutePath.default('/var/lib/prometheus/metrics2').describe('Not below /home or /root.'),
  externalLabels: z
    .record(z.string().regex(/^(?!__)[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of a label' }), oneLine)
    .default({})
    .describe('Added to everything that leaves this Prometheus: alerts, federation, remote write.'),
  scrapeConfigs: z
    .array(z.looseObject({ job_name: jobName }))
    .default([])
    .describe(
      "More jobs, as Prometheus' own scrape_configs has them. promtool checks them; their targets are not judged.",
    ),
  homeostat: z
    .string()
    .regex(/:[0-9]{1,5}$/, { error: HOMEOSTAT })
    .refine((text) => isIp(text.replace(/:[0-9]+$/, '').replace(/^\[(.*)\]$/, '$1')), { error: HOMEOSTAT })
    .optional()
    .describe(
      "Where Homeostat's own metrics are found from here, IP:PORT: its `run --http`. Default: they are not scraped.",
    ),
  ...ruleOptions,
  extraFlags,
})

type Options = z.output<typeof options>

/** What others need to know to find it. */
export const prometheusOptions = { type: 'prometheus', options }

export const prometheus = defineType({
  ...prometheusOptions,
  summary: 'Metrics database and alert rules (Debian package prometheus).',
  options,
  minHealthyMs: 30_000,
  // For five seconds it knows of no target; then each is scraped for the first time within the interval.
  provenAfterMs: 20_000,
  render(options, context) {
    const listen = listensAt('prometheus', options, context)
    const at = { address: fromItsHost(listen), port: options.port }
    const wait = waitForAddress(listen)
    const jobs = {
      prometheus: [servedBy(context, onHost(context, context.host, at))],
      node: nodeTargets(context),
      alertmanager: alertmanagerTargets(context),
      ...servedTargets(context),
      homeostat: homeostatTargets(options),
    }
    const expected = expectedOf(jobs)
    const rules = rulesOf(options, context, { directory: ETC, expected })
    const config = file(`${ETC}/prometheus.yml`, prometheusConfig(options, jobs, rules.files.map(relativeToConfig)), {
      // Secrets may stand in scrape configurations: for Prometheus' eyes, not for everybody's, nor for the exporters', which run as its user.
      ...{ group: GROUP, mode: 0o640 },
      validate: ['/usr/bin/promtool', 'check', 'config', '{staged}'],
    })
    return {
      resources: [
        ...packages(['prometheus']),
        user(GROUP, '/nonexistent'),
        directory(ETC),
        directory(`${ETC}/rules`),
        directory(options.dataDir, { owner: 'prometheus', mode: 0o750 }),
        config,
        ...rules.files,
        ...debianService(UNIT, {
          run: command(options, listen),
          service: [
            'Restart=on-failure',
            `SupplementaryGroups=${GROUP}`,
            ...isolated,
            `ReadWritePaths=${quoteSetting(options.dataDir)}`,
            ...boundedStop,
            ...wait.service,
          ],
          unit: wait.unit,
          reloadOn: [config, ...rules.files],
        }),
      ],
      probes: probes(at, {
        intervals: runningIntervals(options),
        expected,
        groups: rules.groups,
        alertmanagers: jobs.alertmanager,
        others: othersOf(jobs, context),
      }),
    }
  },
})

interface Proof {
  /** What it answers when asked which configuration it runs. */
  intervals: string
  expected: ExpectedTarget[]
  groups: string[]
  alertmanagers: ScrapeTarget[]
  /** Who serves what is scraped, beside itself. */
  others: ComponentKey[]
}

function probes(at: Endpoint, { intervals, expected, groups, alertmanagers, others }: Proof) {
  return [
    unitActive(UNIT),
    httpAnswers('ready', at, '/-/ready'),
    // A reload with a broken file succeeds as far as systemd can tell; this is where Prometheus owns up to it.
    metricIs('configuration loaded', at, 'prometheus_config_last_reload_successful 1'),
    // Targets, rules and Alertmanagers of the file are seen by what they do, below; this is the rest of it.
    httpAnswers('configuration is ours', at, '/api/v1/status/config', { body: intervals }),
    needing(targetsUp(at, expected), others),
    needing(
      queryGives(
        'samples stored',
        at,
        'up',
        expected.map((labels) => ({ labels: { ...labels }, value: 1 })),
      ),
      others,
    ),
    rulesJudged(at, groups),
    ...alertmanagers.map(({ address }) => alertsGoTo(at, address)),
  ]
}

/** It lists as active what it sends alerts to. */
function alertsGoTo(at: Endpoint, alertmanager: string) {
  const body = escapePattern(`"url":"http://${alertmanager}/api/v2/alerts"`)
  return httpAnswers(`alerts go to ${alertmanager}`, at, '/api/v1/alertmanagers', { body })
}

function expectedOf(jobs: Jobs): ExpectedTarget[] {
  return Object.entries(jobs).flatMap(([job, targets]) => targets.map(({ instance }) => ({ job, instance })))
}

function othersOf(jobs: Jobs, { component, host }: RenderContext): ComponentKey[] {
  const own = componentKey(component, host.name)
  return Object.values(jobs)
    .flat()
    .flatMap(({ by }) => (by === undefined || by === own ? [] : [by]))
}

function homeostatTargets({ homeostat }: Options): ScrapeTarget[] {
  return homeostat === undefined ? [] : [{ address: homeostat, instance: homeostat, labels: {} }]
}

function command({ port, retention, dataDir, extraFlags }: Options, listen: string): string[] {
  return [
    '/usr/bin/prometheus',
    `--config.file=${ETC}/prometheus.yml`,
    `--storage.tsdb.path=${dataDir}`,
    `--storage.tsdb.retention.time=${retention}`,
    `--web.listen-address=${hostPort(listen, port)}`,
    ...extraFlags,
  ]
}

/** Rule files lie beside the configuration and are named relative to it, so that promtool finds them where they are staged. */
function relativeToConfig({ path }: FileResource): string {
  return path.slice(ETC.length + 1)
}
