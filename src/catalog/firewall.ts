// Firewall: a table of nftables of our own, which lets nobody connect to what we serve but those who need it. Components and manifest →
// rules, the unit that loads them at boot, and the proof that they are in force.
import { z } from 'zod'
import { resourceId } from '../model/resource.ts'
import { defineType, type RenderContext, RenderError } from './define-type.ts'
import { firewallRules, ruleProblem, TABLE } from './firewall-rules.ts'
import { unitActive } from './probes.ts'
import { directory, file, packages } from './resources.ts'
import { ipAddress, ipNetwork, resourceName } from './scalars.ts'
import { refuseUnknown, type ServedPort, servedPorts } from './served-ports.ts'
import { quoteWord } from './service.ts'

const UNIT = 'homeostat-firewall.service'
const ETC = '/etc/homeostat/firewall'
const RULES = `${ETC}/rules.nft`
const NFT = '/usr/sbin/nft'
/** The table as nftables lists it, noted right after it was loaded: the file never reads like a listing. */
const LOADED = '/run/homeostat-firewall/table'

const options = z.strictObject({
  admit: z
    .record(
      resourceName,
      z.array(z.union([ipAddress, ipNetwork], { error: 'expected an IP address or network' })).min(1),
    )
    .default({})
    .describe('By component, addresses and networks that may connect to it beside those that need it.'),
  extraRules: z
    .string()
    .max(65_536)
    .default('')
    .superRefine((text, { addIssue }) => {
      for (const [index, line] of text.split('\n').entries()) {
        const problem = ruleProblem(line)
        if (problem !== undefined) addIssue({ code: 'custom', message: `line ${index + 1} ${problem}` })
      }
    })
    .describe("More rules for the same chain, in nftables' own words; they come before ours. Checked by nft -c."),
})

export const firewall = defineType({
  type: 'firewall',
  summary: 'Lets only those connect to what we serve who need it (Debian package nftables).',
  options,
  minHealthyMs: 1_000,
  render({ admit, extraRules }, context) {
    const ports = servedPorts(context).map((port) => admitted(port, admit))
    for (const port of ports) refuseSsh(port, context)
    refuseStrangers(admit, context)
    const rules = file(RULES, firewallRules(ports, extraRules), {
      mode: 0o640,
      validate: [NFT, '-c', '-f', '{staged}'],
    })
    const unit = file(`/etc/systemd/system/${UNIT}`, UNIT_TEXT)
    return {
      resources: [
        ...packages(['nftables']),
        directory(ETC),
        rules,
        unit,
        {
          kind: 'unit',
          name: UNIT,
          enabled: true,
          running: true,
          restartOn: [],
          // A restart would leave a moment without the table.
          reloadOn: [rules, unit].map(resourceId),
          effect: IN_FORCE,
        },
      ],
      probes: [unitActive(UNIT), { kind: 'command', name: 'rules in force', argv: IN_FORCE, timeoutMs: 10_000 }],
    }
  },
})

function admitted(port: ServedPort, admit: Record<string, string[]>): ServedPort {
  const more = admit[port.component]
  if (more === undefined) refuseUnknown(port)
  return { ...port, from: [...new Set([...port.from, ...(more ?? [])])].sort() }
}

/** Whatever else goes wrong, we get in. */
function refuseSsh({ component, port }: ServedPort, { host }: RenderContext): void {
  if (port !== host.ssh.port) return
  throw new RenderError(
    `${component} serves port ${port} of ${host.name}, which is where SSH listens; expected another port`,
    'spec.hosts',
  )
}

function refuseStrangers(admit: Record<string, string[]>, { peers }: RenderContext): void {
  const stranger = Object.keys(admit).find((name) => !peers.some((peer) => peer.name === name))
  if (stranger === undefined) return
  throw new RenderError(`there is no enabled component ${stranger}`, `spec.options.admit.${stranger}`)
}

/** What somebody has deleted or changed since is gone, or reads otherwise. */
const IN_FORCE = [
  '/bin/sh',
  '-c',
  `export LC_ALL=C
if ! live=$(${NFT} --stateless list table ${TABLE} 2>&1); then
  case $live in *'No such file or directory'*) echo 'there is no table ${TABLE}'; exit 1 ;; esac
  printf '%s\\n' "$live"
  exit 2
fi
[ -r ${LOADED} ] || { echo 'nobody noted how the table ${TABLE} was loaded'; exit 1; }
loaded=$(cat ${LOADED})
[ "$live" != "$loaded" ] || exit 0
echo 'the table ${TABLE} was changed:'
printf '%s\\n' "$live" | grep -vxF -e "$loaded" | sed 's/^[[:space:]]*/with /; 2q'
printf '%s\\n' "$loaded" | grep -vxF -e "$live" | sed 's/^[[:space:]]*/without /; 2q'
exit 1`,
]

const NOTE = `/bin/sh -c ${quoteWord(`${NFT} --stateless list table ${TABLE} > ${LOADED}`)}`

const UNIT_TEXT = `# Written by Homeostat; a change made here is put back.
[Unit]
Description=Who may connect to what Homeostat serves
# As early as Debian's own firewall, and after it: that flushes all tables when it starts, is reloaded or stops.
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target
After=nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${NFT} -f ${RULES}
ExecStart=${NOTE}
ExecReload=${NFT} -f ${RULES}
ExecReload=${NOTE}
ExecStop=-${NFT} delete table ${TABLE}
RuntimeDirectory=homeostat-firewall
RuntimeDirectoryMode=0700
UMask=0077
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
RestrictAddressFamilies=AF_NETLINK AF_UNIX
DevicePolicy=closed
LockPersonality=yes
PrivateDevices=yes
PrivateIPC=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
MemoryDenyWriteExecute=yes

[Install]
WantedBy=sysinit.target
`
