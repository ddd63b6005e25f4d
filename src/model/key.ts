// The unit of work: one component on one host. One queue item, one lifecycle, one status row, one log context per key.

/** `component@host`; both halves match `[a-z0-9]([a-z0-9.-]*[a-z0-9])?`, so the first `@` splits it. */
export type ComponentKey = `${string}@${string}`

export function componentKey(component: string, host: string): ComponentKey {
  return `${component}@${host}`
}

/** Splits a key; a text without `@` gives an empty host. */
export function splitKey(key: ComponentKey): { component: string; host: string } {
  const at = key.indexOf('@')
  return at < 0 ? { component: key, host: '' } : { component: key.slice(0, at), host: key.slice(at + 1) }
}

/** Whether the key is of this component, on the host named or on any. */
export function isOf(key: ComponentKey, component: string, host?: string): boolean {
  const split = splitKey(key)
  return split.component === component && (host === undefined || split.host === host)
}
