// unbound exporter: what unbound counts, for Prometheus. There is no such program in Debian; systemd itself listens and starts a
// small script for each request, which asks unbound over its control socket and sees nothing else of the machine or the network.
import { z } from 'zod'
import { fromItsHost, hostPort } from './address.ts'
import { listensAt } from './clients.ts'
import { defineType, RenderError } from './define-type.ts'
import { isolated } from './hardening.ts'
import { runsOn } from './peers.ts'
import { metricIs, unitActive } from './probes.ts'
import { directory, file } from './resources.ts'
import { ipAddress, port } from './scalars.ts'
import { runningUnit } from './service.ts'
import { exporterScript } from './unbound-exporter-script.ts'

const SOCKET = 'unbound-exporter.socket'
const DIRECTORY = '/usr/local/lib/homeostat'
const SCRIPT = `${DIRECTORY}/unbound-exporter`

const options = z.strictObject({
  port: port.default(9167).describe('Of its page of metrics; Prometheus follows it.'),
  listenAddress: ipAddress
    .optional()
    .describe(
      "Default: loopback while Prometheus runs on the same host only, else the host's address (the manifest's, else the Host's).",
    ),
})

/** What others need to know to scrape it. */
export const unboundExporterOptions = { type: 'unbound-exporter', options }

export const unboundExporter = defineType({
  ...unboundExporterOptions,
  summary: "unbound's statistics for Prometheus, by a script that systemd starts for each request.",
  minHealthyMs: 10_000,
  render(options, context) {
    if (!runsOn('unbound', context.host, context)) {
      const message = `there is no component of type unbound on ${context.host.name}, and the statistics are those of unbound`
      throw new RenderError(message, 'spec.hosts')
    }
    const listen = listensAt('unbound-exporter', options, context)
    const at = { address: fromItsHost(listen), port: options.port }
    const socket = file(`/etc/systemd/system/${SOCKET}`, socketUnit(listen, options.port))
    const service = file('/etc/systemd/system/unbound-exporter@.service', SERVICE_UNIT)
    return {
      resources: [
        directory(DIRECTORY),
        file(SCRIPT, exporterScript, { mode: 0o755, validate: ['/bin/sh', '-n', '{staged}'] }),
        socket,
        service,
        runningUnit(SOCKET, { restartOn: [socket, service] }),
      ],
      probes: [unitActive(SOCKET), metricIs('unbound answers', at, 'unbound_up 1')],
    }
  },
})

const HEADER = '# Written by Homeostat; a change made here is put back.'

function socketUnit(address: string, port: number): string {
  return `${HEADER}
[Unit]
Description=Statistics of unbound for Prometheus

[Socket]
ListenStream=${hostPort(address, port)}
Accept=yes
# The address may come up later at boot.
FreeBind=yes
MaxConnections=8

[Install]
WantedBy=sockets.target
`
}

const SERVICE_UNIT = `${HEADER}
[Unit]
Description=Statistics of unbound for one request
CollectMode=inactive-or-failed

[Service]
ExecStart=${SCRIPT}
StandardInput=socket
StandardOutput=socket
StandardError=journal
# Errors, not every request.
SyslogLevel=warning
LogLevelMax=notice
# Group unbound may use the control socket.
DynamicUser=yes
SupplementaryGroups=unbound
${isolated.join('\n')}
# The connection comes from systemd; it opens none of its own but to the control socket. unbound-control lists interfaces.
PrivateNetwork=yes
RestrictAddressFamilies=none
RestrictAddressFamilies=AF_UNIX AF_NETLINK
RuntimeMaxSec=10s
MemoryMax=64M
TasksMax=16
`
