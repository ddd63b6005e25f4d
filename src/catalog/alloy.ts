// Grafana Alloy: sends the journal of its host to Loki, and goes on where Promtail stopped.
import { z } from 'zod'
import { fromItsHost, hostPort } from './address.ts'
import { goDuration } from './config-text.ts'
import { defineType, type RenderContext } from './define-type.ts'
import { grafanaPackage } from './grafana-repository.ts'
import { boundedStop, isolated, seesInterfaces } from './hardening.ts'
import { journalArrives, journalLabels, pushUrl, shipperOptions } from './log-shipper.ts'
import { httpAnswers, unitActive } from './probes.ts'
import { promtailPosition } from './promtail.ts'
import { directory, file, user } from './resources.ts'
import { extraFlags, port } from './scalars.ts'
import { debianService, quoteWord } from './service.ts'

const UNIT = 'alloy.service'
const CONFIG = '/etc/homeostat/alloy/config.alloy'
const DATA = '/var/lib/alloy'
/** A copy that Alloy may read; the original is for Promtail's eyes. */
const TAKEN_OVER = `${DATA}/promtail-positions.yaml`

const options = z.strictObject({
  port: port.default(12345).describe('Of its web page and metrics.'),
  ...shipperOptions,
  extraFlags,
})

/** What others need to know to find its page of metrics. */
export const alloyOptions = { type: 'alloy', options }

export const alloy = defineType({
  ...alloyOptions,
  summary: "Sends the journal to Loki (package alloy of Grafana Labs' repository).",
  minHealthyMs: 10_000,
  render(options, context) {
    const at = { address: fromItsHost(options.listenAddress), port: options.port }
    const url = pushUrl(options, context)
    const config = file(CONFIG, configuration(options, url, context), {
      group: 'alloy',
      mode: 0o640,
      validate: ['/usr/bin/alloy', 'validate', '{staged}'],
    })
    return {
      resources: [
        ...grafanaPackage('alloy'),
        user('alloy', DATA, ['systemd-journal']),
        directory('/etc/homeostat/alloy'),
        directory(DATA, { owner: 'alloy', mode: 0o770 }),
        config,
        ...debianService(UNIT, {
          run: [
            '/usr/bin/alloy',
            'run',
            `--server.http.listen-addr=${hostPort(options.listenAddress, options.port)}`,
            `--storage.path=${DATA}/data`,
            '--disable-reporting',
            ...options.extraFlags,
            CONFIG,
          ],
          service: [
            'User=alloy',
            'Group=alloy',
            `ExecStartPre=+/bin/sh -c ${quoteWord(takeOver)}`,
            'Restart=on-failure',
            ...isolated,
            ...seesInterfaces,
            `ReadWritePaths=${DATA}`,
            ...boundedStop,
          ],
          reloadOn: [config],
        }),
      ],
      probes: [
        unitActive(UNIT),
        httpAnswers('ready', at, '/-/ready'),
        // 500 as soon as one of its components is unhealthy, a reload that was refused included.
        httpAnswers('components healthy', at, '/-/healthy'),
        ...journalArrives(url, context),
      ],
    }
  },
})

/** Once: as soon as Alloy has a position of its own, Promtail's is not looked at any more. */
const takeOver = `test -e ${TAKEN_OVER} || ! test -e ${promtailPosition.file} || install -o alloy -g alloy -m 0600 ${promtailPosition.file} ${TAKEN_OVER}`

/** In Alloy's own syntax, whose strings are those of JSON. */
function configuration({ journalMaxAge }: { journalMaxAge: string }, url: string, context: RenderContext): string {
  const labels = Object.entries(journalLabels(context)).map(
    ([name, value]) => `    ${name} = ${JSON.stringify(value)},`,
  )
  return `// Written by Homeostat; a change made here is put back.
logging {
  level  = "warn"
  format = "logfmt"
}

loki.relabel "journal" {
  forward_to = []

  rule {
    source_labels = ["__journal__systemd_unit"]
    target_label  = "unit"
  }
}

loki.source.journal "journal" {
  forward_to    = [loki.write.loki.receiver]
  relabel_rules = loki.relabel.journal.rules
  max_age       = ${JSON.stringify(goDuration(journalMaxAge))}
  labels        = {
${labels.join('\n')}
  }

  legacy_position {
    file = ${JSON.stringify(TAKEN_OVER)}
    name = ${JSON.stringify(promtailPosition.name)}
  }
}

loki.write "loki" {
  endpoint {
    url                 = ${JSON.stringify(url)}
    min_backoff_period  = "500ms"
    max_backoff_period  = "10s"
    max_backoff_retries = 0
  }
}
`
}
