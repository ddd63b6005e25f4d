// How a probe is written in YAML, and what it means: used by `spec.verify.probes` of every component and by `custom`.
import { z } from 'zod'
import type { Probe } from '../model/probe.ts'
import { duration, durationMs, hostAddress, oneLine, port, unitName } from './scalars.ts'

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

const http = z.strictObject({
  kind: z.literal('http'),
  ...base,
  address,
  port,
  path: oneLine.regex(/^\/\S*$/, { error: 'expected a path beginning with "/", without spaces' }).default('/'),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), oneLine).optional(),
  status: z
    .union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).min(1)])
    .default(200)
    .describe('Accepted status code or codes. Redirects are not followed.'),
  json: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('Dotted paths into the JSON answer, each with the value it must have.'),
  body: pattern.optional().describe('Regular expression (multiline) that the body must match.'),
})

const tcp = z.strictObject({ kind: z.literal('tcp'), ...base, address, port })

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

/** One probe as written. */
export const probeSchema = z.discriminatedUnion('kind', [systemd, http, tcp, command, promql, prometheusTargets])

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
    default: {
      const { name: _name, timeout: _timeout, ...rest } = document
      return rest
    }
  }
}

function httpSpecifics({ kind, address, port, path, headers, status, json, body }: z.output<typeof http>) {
  const expect = {
    status: [status].flat(),
    ...(json === undefined ? {} : { json: Object.entries(json).map(([path, equals]) => ({ path, equals })) }),
    ...(body === undefined ? {} : { body }),
  }
  return { kind, address, port, path, ...(headers === undefined ? {} : { headers }), expect }
}

function probeName(document: ProbeDocument): string {
  switch (document.kind) {
    case 'systemd':
      return `unit ${document.unit}`
    case 'http':
      return `http ${document.port}${document.path}`.slice(0, 100)
    case 'tcp':
      return `tcp ${document.port}`
    case 'command':
      return `command ${document.argv.join(' ')}`.slice(0, 100)
    case 'promql':
      return `query ${document.query}`.slice(0, 100)
    case 'prometheus-targets':
      return 'targets'
  }
}
