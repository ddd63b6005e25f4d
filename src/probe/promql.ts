// The `promql` probe: an instant query whose answer must hold the expected samples.
import { z } from 'zod'
import type { ProbeResult, PromqlProbe } from '../model/probe.ts'
import { type AttemptContext, never, notYet, passed } from './attempt.ts'
import { apiPlace, askPrometheus } from './prometheus-api.ts'

const point = z.tuple([z.number(), z.string()])
const queryData = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point.optional() })),
  }),
  z.object({ resultType: z.literal('scalar'), result: point }),
  z.object({ resultType: z.enum(['string', 'matrix']), result: z.unknown() }),
])

export interface Sample {
  labels: Record<string, string>
  value: number
}

/** Passes when every expected sample is in the answer. Certain when Prometheus calls the query wrong or it gives no instant values. */
export async function checkPromql(probe: PromqlProbe, context: AttemptContext): Promise<ProbeResult> {
  const path = `/api/v1/query?query=${encodeURIComponent(probe.query)}&timeout=${probe.timeoutMs}ms`
  const answer = await askPrometheus(probe, path, queryData, context)
  const subject = `${apiPlace(probe, context.host)}, asked for ${probe.query},`
  if (!answer.ok) return (answer.certain ? never : notYet)(probe, `${subject} ${answer.message}`)
  const samples = samplesOf(answer.data)
  if (samples === undefined) {
    return never(probe, `${subject} answered a ${answer.data.resultType}, and only instant values can be compared`)
  }
  const problem = missingSample(probe.expect, samples)
  if (problem !== undefined) return notYet(probe, `${subject} ${problem}`)
  return passed(probe, `${subject} answered as expected (${probe.expect.length} of ${probe.expect.length} samples)`)
}

function samplesOf(data: z.output<typeof queryData>): Sample[] | undefined {
  if (data.resultType === 'scalar') return [{ labels: {}, value: sampleValue(data.result[1]) }]
  if (data.resultType !== 'vector') return undefined
  // A sample without `value` is a native histogram; it has no single number to compare.
  return data.result.flatMap(({ metric, value }) => (value ? [{ labels: metric, value: sampleValue(value[1]) }] : []))
}

// Prometheus writes +Inf, -Inf and NaN; `Number` knows none of the three as written.
function sampleValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return Number(text)
}

/**
 * What is wrong with the first expected sample that is not in the answer, and how many are not; undefined when all are. The
 * labels named must be equal, others may be there; every sample that fits must have the value. NaN equals NaN.
 */
export function missingSample(expected: Sample[], samples: Sample[]): string | undefined {
  const problems = expected.flatMap((wanted) => {
    const fitting = samples.filter((sample) => hasLabels(sample.labels, wanted.labels))
    const other = fitting.find((sample) => !sameValue(sample.value, wanted.value))
    if (fitting.length > 0 && other === undefined) return []
    const found = other === undefined ? 'is not in the answer' : `is ${other.value}`
    return [`${showLabels(wanted.labels)} ${found}, expected ${wanted.value}`]
  })
  if (problems.length === 0) return undefined
  return `gave ${problems.length} of ${expected.length} samples not as expected: ${problems[0]} (${samples.length} samples in the answer)`
}

function hasLabels(found: Record<string, string>, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(found, name) && found[name] === value)
}

function sameValue(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

function showLabels(labels: Record<string, string>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`
}
