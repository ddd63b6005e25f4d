// What a stored target must look like: the row schema with the resources and probes that a rollback would put on a host.
import { z } from 'zod'
import type { Probe } from '../model/probe.ts'
import type { Resource } from '../model/resource.ts'
import type { Target } from '../model/target.ts'

const text = z.string()
const texts = z.array(text)
const mode = z.int().min(0).max(0o7777)
const port = z.int().min(1).max(65_535)

const lasting = { irreversible: z.exactOptional(text) }
const resource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('package'),
    ...lasting,
    name: text,
    version: z.exactOptional(text),
    origin: z.exactOptional(text),
  }),
  z.object({ kind: z.literal('user'), ...lasting, name: text, home: text, groups: texts }),
  z.object({ kind: z.literal('directory'), ...lasting, path: text, owner: text, group: text, mode }),
  z.object({
    kind: z.literal('file'),
    ...lasting,
    path: text,
    content: text,
    owner: text,
    group: text,
    mode,
    validate: z.exactOptional(texts),
  }),
  z.object({
    kind: z.literal('unit'),
    ...lasting,
    name: text,
    enabled: z.boolean(),
    running: z.boolean(),
    restartOn: texts,
    reloadOn: texts,
    effect: z.exactOptional(texts),
  }),
  z.object({
    kind: z.literal('postgres-role'),
    ...lasting,
    name: text,
    password: z.exactOptional(text),
    memberOf: texts,
  }),
  z.object({ kind: z.literal('postgres-database'), ...lasting, name: text, owner: text, connect: texts }),
]) satisfies z.ZodType<Resource>

const key = z.templateLiteral([z.string(), '@', z.string()])
const probeBase = { name: text, timeoutMs: z.number().positive(), needs: z.exactOptional(z.array(key)) }

const endpoint = { address: text, port }
const labels = z.record(text, text)

const probe = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('systemd'), ...probeBase, unit: text }),
  z.object({
    kind: z.literal('http'),
    ...probeBase,
    ...endpoint,
    path: text,
    headers: z.exactOptional(labels),
    tls: z.exactOptional(
      z.object({
        serverName: text,
        trust: z.union([z.literal('public'), z.object({ caFile: text }), z.object({ anybodyBecause: text })]),
      }),
    ),
    expect: z.object({
      status: z.union([z.array(z.int()), z.literal('any')]),
      json: z.exactOptional(z.array(z.object({ path: text, equals: z.union([text, z.number(), z.boolean()]) }))),
      body: z.exactOptional(text),
      location: z.exactOptional(text),
      otherwise: z.exactOptional(z.array(z.object({ status: z.array(z.int()), message: text, certain: z.boolean() }))),
    }),
  }),
  z.object({ kind: z.literal('tcp'), ...probeBase, ...endpoint, greeting: z.exactOptional(text) }),
  z.object({
    kind: z.literal('dns'),
    ...probeBase,
    ...endpoint,
    expect: z.array(z.object({ name: text, addresses: texts })),
  }),
  z.object({ kind: z.literal('command'), ...probeBase, argv: texts, stdout: z.exactOptional(text) }),
  z.object({
    kind: z.literal('promql'),
    ...probeBase,
    ...endpoint,
    query: text,
    expect: z.array(z.object({ labels, value: z.number() })),
  }),
  z.object({
    kind: z.literal('prometheus-targets'),
    ...probeBase,
    ...endpoint,
    expect: z.array(z.object({ job: text, instance: text })),
  }),
  z.object({ kind: z.literal('prometheus-rules'), ...probeBase, ...endpoint, groups: texts }),
  z.object({
    kind: z.literal('log-round-trip'),
    ...probeBase,
    ...endpoint,
    through: z.enum(['push', 'journal']),
    labels,
  }),
]) satisfies z.ZodType<Probe>

export const targetSchema = z.object({
  component: text,
  host: text,
  type: text,
  revision: text,
  resources: z.array(resource),
  probes: z.array(probe),
}) satisfies z.ZodType<Target>
