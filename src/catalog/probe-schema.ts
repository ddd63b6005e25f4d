// How a probe is written in YAML, and what it means: used by `spec.verify.probes` of every component and by `custom`.
import { z } from 'zod'
import type { HttpProbe, Probe } from '../model/probe.ts'
import {
  absolutePath,
  dnsName,
  duration,
  durationMs,
  hostAddress,
  ipAddress,
  oneLine,
  port,
  unitName,
} from './scalars.ts'

const pattern = z
  .string({ error: 'expected a regular expression' })
  .min(1)
  .max(1000)
  .refine(isPattern, { error: 'expected a regular expression as JavaScript knows it' })

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'm') instanceof RegExp
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

const base = {
  name: oneLine.max(100).optional().describe('Shown to people; default: made of what is probed.'),
  timeout: duration({ min: '100ms', max: '60s' }).default('5s').describe('Deadline of one attempt.'),
}
const address = hostAddress.default('127.0.0.1').describe("As seen from the host: the component's own machine.")

const systemd = z.strictObject({ kind: z.literal('systemd'), ...base, unit: unitName })

const tls = z
  .strictObject({
    serverName: dnsName.describe('For SNI, the certificate and the Host header.'),
    caFile: absolutePath
      .optional()
      .describe('Certificates to trust, a file of the host. Default: the public authorities.'),
    anybodyBecause: oneLine.optional().describe('Why any certificate will do; without it the certificate is verified.'),
  })
  .refine(({ caFile, anybodyBecause }) => caFile === undefined || anybodyBecause === undefined, {
    error: 'expected either caFile or anybodyBecause',
  })

const status = z.int().min(100).max(599)

const http = z.strictObject({
  kind: z.literal('http'),
  ...base,
  address,
  port,
  tls: tls.optional().describe('Speak TLS; without it plain HTTP.'),
  path: oneLine.regex(/^\/\S*$/, { error: 'expected a path beginning with "/", without spaces' }).default('/'),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), oneLine).optional(),
  status: z
    .union([status, z.array(status).min(1), z.literal('any')])
    .default(200)
    .describe('Accepted status code or codes, or any. Redirects are not followed.'),
  location: pattern.optional().describe('Regular expression that the Location of a redirect must match.'),
  json: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('Dotted paths into the JSON answer, each with the value it must have.'),
  body: pattern.optional().describe('Regular expression (multiline) that the body must match.'),
})

const tcp = z.strictObject({
  kind: z.literal('tcp'),
  ...base,
  address,
  port,
  greeting: pattern.optional().describe('Regular expression that what the server says first must match.'),
})

const dns = z.strictObject({
  kind: z.literal('dns'),
  ...base,
  address,
  port: port.default(53),
  expect: z
    .record(dnsName, z.array(ipAddress).min(1))
    .refine((names) => Object.keys(names).length > 0, { error: 'expected at least one name' })
    .describe('Names, each with exactly the addresses that it must have.'),
})

const command = z.strictObject({
  kind: z.literal('command'),
  ...base,
  argv: z.array(z.string().max(4096)).min(1).describe('Program and arguments; no shell reads them. Passes on exit 0.'),
  stdout: pattern.optional().describe('Regular expression (multiline) that standard output must match.'),
})

const labels = z.record(z.string(), z.string())

const promql = z.strictObject({
  kind: z.literal('promql'),
  ...base,
  address,
  port: port.default(9090),
  query: z.string().min(1).max(4096),
  expect: z.array(z.strictObject({ labels: labels.default({}), value: z.number() })).min(1),
})

const prometheusTargets = z.strictObject({
  kind: z.literal('prometheus-targets'),
  ...base,
  address,
  port: port.default(9090),
  expect: z.array(z.strictObject({ job: oneLine, instance: oneLine })).min(1),
})

const prometheusRules = z.strictObject({
  kind: z.literal('prometheus-rules'),
  ...base,
  address,
  port: port.default(9090),
  groups: z.array(oneLine).default([]).describe('Groups that have to be there; of all groups no rule may fail.'),
})

const logRoundTrip = z.strictObject({
  kind: z.literal('log-round-trip'),
  ...base,
  address,
  port: port.default(3100).describe('Of Loki.'),
  through: z
    .enum(['push', 'journal'])
    .default('push')
    .describe("How the marked line goes in: pushed to Loki, or written to the host's journal."),
  labels: labels.default({ job: 'homeostat' }).describe('What it is pushed under, and what it is looked for under.'),
})

/** One probe as written. */
export const probeSchema = z.discriminatedUnion('kind', [
  systemd,
  http,
  tcp,
  dns,
  command,
  promql,
  prometheusTargets,
  prometheusRules,
  logRoundTrip,
])

export type ProbeDocument = z.output<typeof probeSchema>

/** The probe that a checked document means. */
export function toProbe(document: ProbeDocument): Probe {
  const { name = probeName(document), timeout } = document
  return { ...specifics(document), name, timeoutMs: durationMs(timeout) }
}

function specifics(document: ProbeDocument) {
  switch (document.kind) {
    case 'http':
      return httpSpecifics(document)
    case 'command': {
      const { kind, argv, stdout } = document
      return { kind, argv, ...(stdout === undefined ? {} : { stdout }) }
    }
    case 'tcp': {
      const { kind, address, port, greeting } = document
      return { kind, address, port, ...(greeting === undefined ? {} : { greeting }) }
    }
    case 'dns': {
      const { kind, address, port, expect } = document
      return { kind, address, port, expect: Object.entries(expect).map(([name, addresses]) => ({ name, addresses })) }
    }
    default: {
      const { name: _name, timeout: _timeout, ...rest } = document
      return rest
    }
  }
}

function httpSpecifics({
  kind,
  address,
  port,
  path,
  headers,
  tls,
  status,
  json,
  body,
  location,
}: z.output<typeof http>) {
  const expect = {
    status: status === 'any' ? status : [status].flat(),
    ...(json === undefined ? {} : { json: Object.entries(json).map(([path, equals]) => ({ path, equals })) }),
    ...(body === undefined ? {} : { body }),
    ...(location === undefined ? {} : { location }),
  }
  const more = { ...(headers === undefined ? {} : { headers }), ...(tls === undefined ? {} : { tls: toTls(tls) }) }
  return { kind, address, port, path, ...more, expect }
}

function toTls({ serverName, caFile, anybodyBecause }: z.output<typeof tls>): NonNullable<HttpProbe['tls']> {
  if (caFile !== undefined) return { serverName, trust: { caFile } }
  return { serverName, trust: anybodyBecause === undefined ? 'public' : { anybodyBecause } }
}

function probeName(document: ProbeDocument): string {
  switch (document.kind) {
    case 'systemd':
      return `unit ${document.unit}`
    case 'http':
      return `http ${document.tls?.serverName ?? ''}${document.tls === undefined ? '' : ':'}${document.port}${document.path}`.slice(
        0,
        100,
      )
    case 'dns':
      return `dns ${document.port}`
    case 'tcp':
      return `tcp ${document.port}`
    case 'command':
      return `command ${document.argv.join(' ')}`.slice(0, 100)
    case 'promql':
      return `query ${document.query}`.slice(0, 100)
    case 'prometheus-targets':
      return 'targets'
    case 'prometheus-rules':
      return 'rules'
    case 'log-round-trip':
      return 'log round trip'
  }
}
