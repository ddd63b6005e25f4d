// What a row must look like to be believed: zod schemas of everything the store keeps, each held to the noun it stands for.
import { z } from 'zod'
import type { Author } from '../model/deed.ts'
import type { Diff, TextDiff } from '../model/diff.ts'
import type { Generation } from '../model/generation.ts'
import type { Cause, Operation } from '../model/operation.ts'
import type { Dependency } from '../model/policy.ts'
import type { ProbeResult } from '../model/probe.ts'
import type { ComponentStatus, Condition, Event, Ignored, Intent, LifecycleSnapshot } from '../model/status.ts'
import type { HostRow } from './store.ts'

const text = z.string()
const count = z.int().nonnegative()
const time = z.number()
const key = z.templateLiteral([z.string(), '@', z.string()])
const cause = z.enum(['spec', 'drift', 'dependency', 'secret', 'rollback', 'manual']) satisfies z.ZodType<Cause>
const operationKind = z.enum(['apply', 'rollback', 'remove']) satisfies z.ZodType<Operation['kind']>

const condition = z.object({
  type: z.enum([
    'Ready',
    'Reconciling',
    'Stalled',
    'Drifted',
    'Blocked',
    'Reachable',
    'Suspended',
    'RolledBack',
    'SecretsReady',
    'Deprecated',
    'StandIn',
    'External',
  ]),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: text,
  message: text,
  lastTransitionTimeMs: time,
  observedRevision: z.exactOptional(text),
}) satisfies z.ZodType<Condition>

const intent = z.object({
  operationId: text,
  kind: operationKind,
  cause,
  revision: z.exactOptional(text),
  generation: count,
  fence: count,
  startedAtMs: time,
  bootId: z.exactOptional(text),
}) satisfies z.ZodType<Intent>

const change = z.object({
  resource: text,
  action: z.enum(['create', 'update', 'remove', 'restart', 'reload']),
  fields: z.array(z.object({ field: text, from: text, to: text })),
})
const diff = z.object({ changes: z.array(change) }) satisfies z.ZodType<Diff>

const probeResult = z.object({
  name: text,
  passed: z.boolean(),
  certain: z.boolean(),
  message: text,
}) satisfies z.ZodType<ProbeResult>

const dependency = z.object({
  component: text,
  soft: z.boolean(),
  sameHost: z.exactOptional(z.literal(true)),
}) satisfies z.ZodType<Dependency>

// Value and context are the machine's own affair: `machines/` checks them when it restores the snapshot.
const lifecycle = z.object({
  machineVersion: count,
  value: z.unknown(),
  context: z.record(text, z.unknown()),
}) satisfies z.ZodType<LifecycleSnapshot>

const generation = z.object({
  number: count,
  revision: text,
  atMs: time,
  cause: z.exactOptional(cause),
  verified: z.exactOptional(z.literal(true)),
  kept: z.exactOptional(z.literal(true)),
}) satisfies z.ZodType<Generation>

const author = z.object({
  user: text,
  by: z.enum(['sudo', 'su', 'ssh', 'login', 'apt']),
  atMs: time,
  what: z.exactOptional(text),
}) satisfies z.ZodType<Author>

const textDiff = z.object({ path: text, diff: text }) satisfies z.ZodType<TextDiff>

const ignored = z.object({
  what: text,
  reason: text,
  resources: count,
  differs: z.array(text),
}) satisfies z.ZodType<Ignored>

export const statusSchema = z.object({
  key,
  type: z.exactOptional(text),
  lifecycle,
  conditions: z.array(condition),
  desired: z.exactOptional(text),
  lastGood: z.exactOptional(text),
  dependsOn: z.exactOptional(z.array(dependency)),
  removal: z.exactOptional(z.object({ askedAtMs: z.exactOptional(time), confirmedAtMs: z.exactOptional(time) })),
  generation: count,
  generations: z.exactOptional(z.array(generation)),
  intent: z.exactOptional(intent),
  origin: z.exactOptional(z.object({ revision: text, cause, own: text, others: text })),
  changing: z.exactOptional(z.literal(true)),
  suspension: z.exactOptional(z.object({ reason: text, sinceMs: time })),
  lastDiff: z.exactOptional(
    z.object({ atMs: time, cause, diff, author: z.exactOptional(author), texts: z.exactOptional(z.array(textDiff)) }),
  ),
  ignored: z.exactOptional(z.array(ignored)),
  lastProbes: z.array(probeResult),
  updatedAtMs: time,
}) satisfies z.ZodType<ComponentStatus>

export const eventSchema = z.object({
  atMs: time,
  key: z.exactOptional(key),
  host: z.exactOptional(text),
  type: z.enum(['Normal', 'Warning']),
  reason: text,
  message: text,
  cause: z.exactOptional(cause),
  revision: z.exactOptional(text),
  operationId: z.exactOptional(text),
  details: z.exactOptional(z.record(text, z.unknown())),
}) satisfies z.ZodType<Event>

export const hostSchema = z.object({
  name: text,
  machineId: text,
  bootId: text,
  fence: count,
  reachable: z.boolean(),
  message: text,
  sinceMs: time,
}) satisfies z.ZodType<HostRow>
