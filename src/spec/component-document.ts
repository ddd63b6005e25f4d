// A Component as written, and what it means: a type with options, where it runs, and how it is brought about and kept.
import { z } from 'zod'
import { probeSchema, toProbe } from '../catalog/probe-schema.ts'
import { duration, durationMs, resourceName } from '../catalog/scalars.ts'
import type { Policy } from '../model/policy.ts'
import type { Probe } from '../model/probe.ts'
import { document, labels } from './envelope.ts'
import { ignoreRules, toIgnoreRules } from './ignore-schema.ts'

const HOSTS = 'expected a list of hosts, { matchLabels: … }, or all'

export const hostSelector = z
  .union(
    [
      z.array(resourceName).min(1, { error: 'expected at least one host' }),
      z.literal('all'),
      z.strictObject({
        matchLabels: labels.refine((wanted) => Object.keys(wanted).length > 0, {
          error: 'expected at least one label',
        }),
      }),
    ],
    { error: HOSTS },
  )
  .describe('Names of hosts, `{ matchLabels: … }` for those with all of these labels, or `all`.')

export type HostSelector = z.output<typeof hostSelector>

const REASON = 'expected a line of text'
const UNTIL = 'expected a time with its zone, for instance 2026-12-01T08:00:00Z'

const dependency = z.union(
  [
    resourceName,
    z.strictObject({ name: resourceName, soft: z.boolean().default(false), sameHost: z.boolean().default(false) }),
  ],
  { error: 'expected the name of a component, or { name, soft, sameHost }' },
)

const verify = z
  .strictObject({
    minHealthyTime: duration({ max: '1d' })
      .optional()
      .describe('Health without a break that a deploy needs before it counts. Default: what the type needs.'),
    deadline: duration({ min: '1s', max: '1d' })
      .default('5m')
      .describe('Time for verification altogether; then the revision is rejected.'),
    probes: z.array(probeSchema).max(100).default([]).describe("More proofs than the type's own."),
  })
  .refine(
    ({ minHealthyTime, deadline }) => minHealthyTime === undefined || durationMs(minHealthyTime) < durationMs(deadline),
    { path: ['minHealthyTime'], error: 'expected a time shorter than verify.deadline' },
  )
  .refine(({ probes }) => new Set(probes.map((probe) => toProbe(probe).name)).size === probes.length, {
    path: ['probes'],
    error: 'expected every probe to have a name of its own',
  })

export const componentSpec = z.strictObject({
  type: z.string({ error: 'expected the name of a component type' }),
  enabled: z.boolean().default(true).describe('False removes it from its hosts, with all that it owns there.'),
  external: z
    .boolean()
    .default(false)
    .describe('True for what others run: it is never changed, only observed, so that dependents can wait for it.'),
  hosts: hostSelector,
  dependsOn: z
    .array(dependency)
    .max(100)
    .default([])
    .describe(
      'Components that have to be healthy first; `{ name, soft: true }` only orders; with `sameHost: true` only the one on the same host counts.',
    ),
  options: z.record(z.string(), z.unknown()).default({}).describe('What the type can be told.'),
  verify: verify.prefault({}),
  drift: z
    .strictObject({
      mode: z
        .enum(['correct', 'warn', 'off'])
        .default('correct')
        .describe('What is done about a change that somebody made by hand: put it back, report it, or nothing.'),
      ignore: ignoreRules,
    })
    .prefault({}),
  rollback: z
    .strictObject({ auto: z.boolean().default(true).describe('Go back by itself when a change fails.') })
    .prefault({}),
  rollout: z
    .strictObject({
      maxParallel: z
        .int()
        .min(1)
        .max(1000)
        .default(1)
        .describe('Hosts that a new revision is brought to at a time; the next when these are healthy with it.'),
      canary: resourceName.optional().describe('The host that gets it first, alone. Default: none, they go by name.'),
    })
    .prefault({})
    .describe('How a new revision goes through the hosts. It stops at the first host that fails.'),
  window: resourceName.optional().describe('The Window outside of which no new revision is begun. Default: none.'),
  suspend: z
    .strictObject({
      reason: z
        .string()
        .min(1)
        .max(200)
        .regex(/^\P{Cc}+$/u, { error: REASON })
        .describe('Why; it is told with the component.'),
      until: z.iso
        .datetime({ offset: true, error: UNTIL })
        .optional()
        .describe('When it ends by itself. Default: 24 hours after it was first read.'),
    })
    .optional()
    .describe('Nothing is changed, put right or taken back; it is observed as ever.'),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(10).default(2).describe('Attempts at a revision before it is rejected.'),
    })
    .prefault({}),
})

export const componentDocument = document('Component', componentSpec).describe(
  'Something that runs on hosts: a catalog type with options.',
)

export type ComponentDocument = z.output<typeof componentDocument>

/** The policy that a checked document asks for; `minHealthyMs` is what the type needs unless it says otherwise. */
export function toPolicy({ spec }: ComponentDocument, minHealthyMs: number): Policy {
  const { verify, retry, drift, rollback } = spec
  const { maxParallel, canary } = spec.rollout
  return {
    minHealthyMs: verify.minHealthyTime === undefined ? minHealthyMs : durationMs(verify.minHealthyTime),
    verifyDeadlineMs: durationMs(verify.deadline),
    maxAttempts: retry.attempts,
    drift: drift.mode,
    ...(drift.ignore.length === 0 ? {} : { ignore: toIgnoreRules(drift.ignore) }),
    autoRollback: rollback.auto,
    dependsOn: spec.dependsOn.map((it) =>
      typeof it === 'string'
        ? { component: it, soft: false }
        : { component: it.name, soft: it.soft, ...(it.sameHost ? { sameHost: true } : {}) },
    ),
    ...(spec.suspend === undefined ? {} : { suspend: toSuspend(spec.suspend) }),
    ...(spec.external ? {} : { rollout: { maxParallel, ...(canary === undefined ? {} : { canary }) } }),
  }
}

function toSuspend({ reason, until }: { reason: string; until?: string | undefined }): {
  reason: string
  until?: string
} {
  return { reason, ...(until === undefined ? {} : { until }) }
}

/** The probes that a checked document adds to its type's own. */
export function toProbes({ spec }: ComponentDocument): Probe[] {
  return spec.verify.probes.map(toProbe)
}
