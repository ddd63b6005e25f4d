// What a component says that others may change, and why.
import { z } from 'zod'
import { packageName, unitName } from '../catalog/scalars.ts'
import type { FileFormat, IgnoreRule } from '../model/policy.ts'
import { formatPath, parsePath } from './field-path.ts'

const PATH = 'expected an absolute path without "..", in which *, ? and ** may stand for names'
const KEY = 'expected names and indexes, for instance server.port, plugins[0] or ["a.b"].c'
const REASON = 'expected a line of text: why others may change it'

const path = z
  .string({ error: PATH })
  .max(1024, { error: PATH })
  .regex(/^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u, { error: PATH })

const key = z
  .string({ error: KEY })
  .min(1, { error: KEY })
  .max(500, { error: KEY })
  .refine((text) => isKey(text), { error: KEY })

/** It says nothing that is passed over. */
function isKey(text: string): boolean {
  try {
    const steps = parsePath(text)
    return steps.length > 0 && [formatPath(steps), steps.join('.')].includes(text)
  } catch {
    return false
  }
}

const FORMATS: Record<string, FileFormat> = {
  ...{ json: 'json', yaml: 'yaml', yml: 'yaml' },
  ...{ ini: 'ini', conf: 'ini', cfg: 'ini', cnf: 'ini', env: 'ini', properties: 'ini' },
}

const rule = z
  .strictObject({
    path: path.optional().describe('Files and directories; a glob with *, ? and **.'),
    unit: unitName.optional().describe('Whether it runs, is enabled or masked.'),
    package: packageName.optional().describe('Which version of it is there.'),
    keys: z
      .array(key)
      .min(1)
      .max(100)
      .optional()
      .describe('Of a structured file only these keys, with all below them. Default: the whole file.'),
    format: z
      .enum(['json', 'yaml', 'ini'])
      .optional()
      .describe(
        'How the file with the keys is written. Default: what its name ends in; ini is key = value, in sections or not.',
      ),
    reason: z
      .string({ error: REASON })
      .min(1, { error: REASON })
      .max(200)
      .regex(/^\P{Cc}+$/u, { error: REASON })
      .describe('Why; it is told with the component.'),
  })
  .refine((it) => [it.path, it.unit, it.package].filter((name) => name !== undefined).length === 1, {
    error: 'expected one of path, unit and package',
  })
  .refine(({ path, keys, format }) => path !== undefined || (keys === undefined && format === undefined), {
    error: 'keys and format go with a path',
  })
  .refine((it) => it.keys === undefined || it.path === undefined || formatOf(it) !== undefined, {
    path: ['format'],
    error: 'expected json, yaml or ini: the name of the file does not say it',
  })

export const ignoreRules = z
  .array(rule)
  .max(50)
  .default([])
  .describe('What others may change: left as it is once it is there, in detecting drift and in every change.')

/** The rules of a checked document. */
export function toIgnoreRules(rules: z.output<typeof ignoreRules>): IgnoreRule[] {
  return rules.map((it) => {
    const { path, unit, package: name, keys, reason } = it
    if (unit !== undefined) return { kind: 'unit', name: unit, reason }
    if (path === undefined) return { kind: 'package', name: (name ?? '').split('=')[0] ?? '', reason }
    const format = formatOf(it)
    if (keys === undefined || format === undefined) return { kind: 'path', name: path, reason }
    return { kind: 'path', name: path, keys: keys.map(parsePath), format, reason }
  })
}

function formatOf({ path = '', format }: { path?: string | undefined; format?: FileFormat | undefined }) {
  return format ?? FORMATS[/\.([a-z]+)$/.exec(path)?.[1] ?? '']
}
