// Which fields a schema knows at a place: what a misspelt field is compared with.
import type { z } from 'zod'
import type { FieldPath } from './yaml-documents.ts'

type Schema = z.core.$ZodType

/** Names of the fields that objects at the path may have, over all alternatives of unions. Empty where any are allowed. */
export function knownKeys(schema: Schema, path: FieldPath): string[] {
  const places = path.reduce<Schema[]>((found, segment) => found.flatMap((place) => child(place, segment)), [schema])
  return [...new Set(places.flatMap(alternatives).flatMap((place) => Object.keys(shapeOf(place) ?? {})))]
}

function child(schema: Schema, segment: string | number): Schema[] {
  return alternatives(schema).flatMap((place) => {
    const { def } = (place as z.core.$ZodTypes)._zod
    if (def.type === 'array') return [def.element]
    if (def.type === 'record') return [def.valueType]
    const field = shapeOf(place)?.[segment]
    return field === undefined ? [] : [field]
  })
}

function shapeOf(schema: Schema): Record<string, Schema> | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod
  return def.type === 'object' ? def.shape : undefined
}

/** The schemas behind wrappers (optional, default, transform) and unions. */
function alternatives(schema: Schema): Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'union') return def.options.flatMap(alternatives)
  if (def.type === 'pipe') return alternatives(def.in)
  if (def.type === 'lazy') return alternatives(def.getter())
  return 'innerType' in def ? alternatives(def.innerType) : [schema]
}
