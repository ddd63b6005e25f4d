// Looks up dotted paths in parsed JSON: names of objects, indexes of lists.

export type Found = { found: true; value: unknown } | { found: false }

/** `data.0.health` in a parsed JSON value. Only own properties count, so `constructor` or `length` find nothing. */
export function lookUp(value: unknown, path: string): Found {
  let at = value
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || !hasStep(at, step)) return { found: false }
    at = (at as Record<string, unknown>)[step]
  }
  return { found: true, value: at }
}

function hasStep(value: object, step: string): boolean {
  return Array.isArray(value) ? /^\d+$/.test(step) && Object.hasOwn(value, step) : Object.hasOwn(value, step)
}
