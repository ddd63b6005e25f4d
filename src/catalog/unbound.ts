// unbound: the DNS of the network. Names of machines and sites come from the manifest, all others from forwarders or the Internet's
// own servers. Manifest and options → configuration, service and the proof that every name has the addresses it should have.
import { z } from 'zod'
import { fromItsHost, isIp, isLoopback, listeningAddress } from './address.ts'
import { defineType, type RenderContext } from './define-type.ts'
import { type DnsNames, dnsNames, ownName } from './dns-records.ts'
import { frontDoor, seesItselfOnly } from './hardening.ts'
import { namesAre, unitActive } from './probes.ts'
import { directory, file, packages } from './resources.ts'
import { dnsName, ipAddress, ipNetwork } from './scalars.ts'
import { debianService, SIGHUP } from './service.ts'
import { answersConfig, ETC, serverConfig } from './unbound-config.ts'
import { waitForAddress } from './wait-for-address.ts'

const UNIT = 'unbound.service'
const CONFIG = `${ETC}/unbound.conf`
const CHECKER = '/usr/sbin/unbound-checkconf'

/** An address, with the port as unbound itself takes it (man unbound.conf, forward-addr). */
const forwarder = z.string().refine((text) => FORWARDER.test(text) && isIp(text.split('@', 1)[0] ?? ''), {
  error: 'expected an IP address, with @PORT where it is not 53',
})
const FORWARDER = /^[0-9A-Fa-f.:]+(@[0-9]{1,5})?$/

const options = z.strictObject({
  listenAddress: ipAddress
    .optional()
    .describe("Beside loopback. Default: the address of the host (the manifest's, else the Host's)."),
  allow: z
    .array(ipNetwork)
    .optional()
    .describe("Networks that may ask, beside the host itself. Default: the manifest's network_cidr."),
  forwarders: z
    .array(forwarder)
    .max(20)
    .default([])
    .describe('Asked for all other names. Default: none, so that unbound finds out by itself, from the root on.'),
  records: z
    .record(dnsName, z.array(ipAddress).min(1))
    .default({})
    .describe('Names beside those of the manifest, each with its addresses.'),
  zone: z
    .enum(['static', 'transparent'])
    .default('static')
    .describe(
      "What becomes of other names in the manifest's domain: there are none (static), or they are asked for elsewhere.",
    ),
  dnssec: z
    .boolean()
    .default(true)
    .describe('Whether signed answers have to be right. Forwarders that drop signatures need false.'),
  extraConfig: z
    .string()
    .max(65_536)
    .default('')
    .describe('More of unbound.conf, each clause with its head, for instance "server:". Checked by unbound-checkconf.'),
})

type Options = z.output<typeof options>

/** What others need to know of who may ask. */
export const unboundOptions = { type: 'unbound', options }

export const unbound = defineType({
  ...unboundOptions,
  summary: "DNS of the network, with the manifest's names (Debian package unbound).",
  minHealthyMs: 10_000,
  render(options, context) {
    const listenAddress = listeningAddress(options.listenAddress, context)
    const names = dnsNames(context, options.records)
    const waiting = waitForAddress(listenAddress)
    const server = file(CONFIG, serverConfig({ ...options, listenAddress }), { validate: [CHECKER, '{staged}'] })
    const answers = file(`${ETC}/conf.d/answers.conf`, answersText(options, names, context), {
      validate: [CHECKER, '{staged}'],
    })
    return {
      resources: [
        ...packages(['unbound', 'dns-root-data']),
        directory(ETC),
        directory(`${ETC}/conf.d`),
        server,
        answers,
        ...debianService(UNIT, {
          run: ['/usr/sbin/unbound', '-d', '-p', '-c', CONFIG],
          unit: waiting.unit,
          service: [...SERVICE, ...frontDoor, ...seesItselfOnly, 'TimeoutStopSec=20s', ...waiting.service],
          // Interfaces are opened at the start only.
          restartOn: [server],
          reloadOn: [answers],
          reload: `${CHECKER} ${CONFIG} && ${SIGHUP}`,
        }),
      ],
      probes: [unitActive(UNIT), namesAre('names', { address: fromItsHost(listenAddress), port: 53 }, expected(names))],
    }
  },
})

/** Debian's unit starts it as root, and copies files about for a `chroot` and a key that are not used here. */
const SERVICE = ['User=unbound', 'Group=unbound', 'ExecStartPre=', 'ExecStopPost=', 'ReadWritePaths=/var/lib/unbound']

function answersText(options: Options, names: DnsNames, context: RenderContext): string {
  const { manifest } = context
  const own = listeningAddress(options.listenAddress, context)
  const itself = isLoopback(own) || own === '0.0.0.0' || own === '::' ? [] : [alone(own)]
  return answersConfig({
    domain: manifest?.network.domain,
    zone: options.zone,
    ownName: ownName(context),
    names,
    allow: ['127.0.0.0/8', '::1/128', ...itself, ...networksOf(options, context)],
    forwarders: options.forwarders,
  })
}

/** Networks that may ask. */
export function networksOf({ allow }: Options, { manifest }: RenderContext): string[] {
  const cidr = manifest?.network.network_cidr
  return allow ?? (cidr === undefined ? [] : [cidr])
}

function alone(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`
}

/** Names that unbound has by itself where there are none of ours. */
function expected({ machines, sites }: DnsNames) {
  const all = [...machines, ...sites]
  return all.length > 0 ? all : [{ name: 'localhost', addresses: ['127.0.0.1'] }]
}
