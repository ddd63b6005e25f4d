// What all documents have in common: apiVersion, kind, metadata.
import { z } from 'zod'
import { resourceName } from '../catalog/scalars.ts'

export const API_VERSION = 'homeostat/v1'

const LABEL_KEY = 'expected letters, digits, "-", "_", "." and "/", beginning and ending with a letter or digit'
const LABEL_VALUE = 'expected text of letters, digits, "-", "_" and ".", at most 63 characters; put numbers in quotes'

/** Labels in Kubernetes' alphabet. */
export const labels = z.record(
  z
    .string()
    .max(63)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?$/, { error: LABEL_KEY }),
  z
    .string({ error: LABEL_VALUE })
    .max(63, { error: LABEL_VALUE })
    .regex(/^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/, { error: LABEL_VALUE }),
)

export const metadata = z
  .strictObject({
    name: resourceName.describe('Unique among the documents of its kind.'),
    labels: labels.default({}).describe('For choosing: `hosts: { matchLabels: … }` looks at the labels of hosts.'),
  })
  .describe('What this is called.')

/** The schema of one kind of document. */
export function document<Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata,
    spec,
  })
}
