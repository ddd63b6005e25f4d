// Fields that were not written, taken away: `exactOptionalPropertyTypes` tells absent from undefined.

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** The same without its undefined fields. */
export function withoutAbsent<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
}
