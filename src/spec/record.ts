// Records whose keys come from a user: without a prototype, so that a host called `constructor` is just a name.

/** An empty record. */
export function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}

/** A record of these entries. */
export function toRecord<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  const record = emptyRecord<Value>()
  for (const [key, value] of entries) record[key] = value
  return record
}
