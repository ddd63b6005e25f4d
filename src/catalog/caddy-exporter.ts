// Caddy exporter: Caddy's own metrics for Prometheus, on a port that serves nothing else. There is no program beside Caddy: the
// page is a part of Caddy's configuration, which the component `caddy` of the host owns. This one asks for it and proves it.
import { fromItsHost } from './address.ts'
import { caddyExporterOptions } from './caddy-exporter-options.ts'
import { listensAt } from './clients.ts'
import { defineType, RenderError } from './define-type.ts'
import { runsOn } from './peers.ts'
import { httpAnswers } from './probes.ts'

export const caddyExporter = defineType({
  ...caddyExporterOptions,
  summary: "Caddy's metrics for Prometheus, without its admin API; served by the component caddy of the same host.",
  minHealthyMs: 10_000,
  render(options, context) {
    if (!runsOn('caddy', context.host, context)) {
      const message = `there is no component of type caddy on ${context.host.name}, and the metrics are those of Caddy`
      throw new RenderError(message, 'spec.hosts')
    }
    const at = { address: fromItsHost(listensAt('caddy-exporter', options, context)), port: options.port }
    return {
      resources: [],
      probes: [
        httpAnswers('metrics page', at, '/metrics', { body: '^caddy_http_requests_in_flight\\{' }),
        { ...httpAnswers('admin API out of reach', at, '/config/'), expect: { status: [404], otherwise: [EXPOSED] } },
      ],
    }
  },
})

const EXPOSED = {
  status: [200],
  certain: true,
  message: "this is Caddy's admin API, by which anybody on the network can replace the whole configuration",
}
