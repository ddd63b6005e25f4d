// Whether two values would be the same JSON: what decides that nothing changed, many times a second.

/** Compares values made of objects, arrays and primitives; a field that is undefined counts as left out. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return sameArray(a, b)
  return hasAllOf(a as Fields, b as Fields) && hasNoMore(a as Fields, b as Fields)
}

type Fields = Record<string, unknown>

function sameArray(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  return a.every((item, index) => sameValue(item, b[index]))
}

function hasAllOf(a: Fields, b: Fields): boolean {
  for (const name in a) if (!sameValue(a[name], b[name])) return false
  return true
}

function hasNoMore(a: Fields, b: Fields): boolean {
  for (const name in b) if (b[name] !== undefined && a[name] === undefined) return false
  return true
}
