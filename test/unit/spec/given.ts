// A catalog of one type and short ways to write desired state, for the tests of this folder.
import { z } from 'zod'
import { type ComponentType, defineType } from '../../../src/catalog/define-type.ts'
import { duration, port } from '../../../src/catalog/scalars.ts'
import type { Issue } from '../../../src/model/issue.ts'
import { type Reading, readDesiredState } from '../../../src/spec/desired-state.ts'

const clock = defineType({
  type: 'clock',
  summary: 'Tells the time.',
  options: z.strictObject({
    interval: duration({ min: '1s' }).default('15s').describe('How often.'),
    port: port.default(123),
    zone: z.strictObject({ region: z.string() }).optional(),
  }),
  minHealthyMs: 7_000,
  render: () => ({ resources: [], probes: [] }),
})

export const types: Record<string, ComponentType> = { clock: clock as unknown as ComponentType }

export function read(
  texts: Record<string, string>,
  previous: Record<string, string> = {},
  unreadable: Issue[] = [],
): Reading {
  return readDesiredState(texts, previous, types, unreadable)
}

/** As `homeostat validate` prints it. */
export function lineOf({ file, line, column, path, message, suggestion }: Issue): string {
  const meant = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`
  return `${file}:${line}:${column}  ${path}: ${message}${meant}`
}

export function host(name: string, spec = 'address: 10.0.0.1', labels = ''): string {
  return `---\napiVersion: homeostat/v1\nkind: Host\nmetadata: { name: ${name}, labels: { ${labels} } }\nspec: { ${spec} }\n`
}

export function component(name: string, spec = 'hosts: [web]'): string {
  return `---\napiVersion: homeostat/v1\nkind: Component\nmetadata: { name: ${name} }\nspec: { type: clock, ${spec} }\n`
}

/** Names of the components in effect, each with what its options and hosts say. */
export function inEffect({ desired }: Reading): Record<string, string> {
  const entries = Object.values(desired.components).map(({ name, hosts, options }) => {
    const { port } = options as { port: number }
    return [name, `${port} on ${hosts.join(', ')}`]
  })
  return Object.fromEntries(entries)
}
