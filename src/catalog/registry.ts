// Every component type there is. A new one is a file beside this one and a line here.
import { alertmanager } from './alertmanager.ts'
import { alloy } from './alloy.ts'
import { authentik } from './authentik.ts'
import { caddy } from './caddy.ts'
import { caddyExporter } from './caddy-exporter.ts'
import { custom } from './custom.ts'
import type { ComponentType } from './define-type.ts'
import { firewall } from './firewall.ts'
import { grafana } from './grafana.ts'
import { loki } from './loki.ts'
import { mailRelay } from './mail-relay.ts'
import { nodeExporter } from './node-exporter.ts'
import { postgresExporter } from './postgres-exporter.ts'
import { postgresql } from './postgresql.ts'
import { prometheus } from './prometheus.ts'
import { promtail } from './promtail.ts'
import { unbound } from './unbound.ts'
import { unboundExporter } from './unbound-exporter.ts'

export const catalog: Record<string, ComponentType> = Object.fromEntries(
  [
    alertmanager,
    alloy,
    authentik,
    caddy,
    caddyExporter,
    custom,
    firewall,
    grafana,
    loki,
    mailRelay,
    nodeExporter,
    postgresExporter,
    postgresql,
    prometheus,
    promtail,
    unbound,
    unboundExporter,
  ].map((type) => [type.type, type as ComponentType]),
)
