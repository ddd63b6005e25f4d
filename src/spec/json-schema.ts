// JSON Schema of desired-state files, for editors: generated from the very schemas that check them.
import { z } from 'zod'
import type { ComponentType } from '../catalog/define-type.ts'
import { alertRulesDocument } from './alert-rules-document.ts'
import { componentDocument } from './component-document.ts'
import { dashboardDocument } from './dashboard-document.ts'
import { hostDocument } from './host-document.ts'
import { manifestDocument } from './manifest-document.ts'
import { windowDocument } from './window-document.ts'

export type JsonSchema = { [key: string]: unknown }

/**
 * The schema of one document, whatever its kind: draft 7, which is what editors' YAML support knows. The options of a
 * component are those of its type. What only shows between documents (names, cycles) is beyond it: `homeostat validate`.
 */
export function jsonSchema(types: Record<string, ComponentType>): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Homeostat desired state',
    description: 'A document of a desired-state directory. Several in one file are separated by ---.',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    oneOf: [
      componentSchema(types),
      titled('Host', toJson(hostDocument)),
      titled('Manifest', toJson(manifestDocument)),
      titled('Dashboard', toJson(dashboardDocument)),
      titled('AlertRules', toJson(alertRulesDocument)),
      titled('Window', toJson(windowDocument)),
    ],
  }
}

function toJson(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })
  return rest
}

function titled(title: string, schema: JsonSchema): JsonSchema {
  return { title, ...schema }
}

function componentSchema(types: Record<string, ComponentType>): JsonSchema {
  const document = toJson(componentDocument) as { properties: { spec: { properties: JsonSchema } } } & JsonSchema
  const { spec } = document.properties
  const sorted = Object.values(types).sort((one, other) => (one.type < other.type ? -1 : 1))
  const type = {
    description: 'What it is.',
    oneOf: sorted.map((it) => ({ const: it.type, description: it.summary })),
  }
  const typed = { ...spec, properties: { ...spec.properties, type }, allOf: sorted.map(optionsOf) }
  return titled('Component', { ...document, properties: { ...document.properties, spec: typed } })
}

/** Applies only where `spec.type` is this type, so that an editor offers and checks the right options. */
function optionsOf({ type, options, summary }: ComponentType): JsonSchema {
  const isRequired = !options.safeParse({}).success
  return {
    if: { properties: { type: { const: type } }, required: ['type'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      properties: { options: { ...toJson(options), title: `Options of ${type}`, description: summary } },
      ...(isRequired ? { required: ['options'] } : {}),
    },
  }
}
