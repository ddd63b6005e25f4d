// What an operation is called on its host.

/** Of the component's name, which is there for people only. */
const NAME_KEPT = 40

/**
 * An id that no other operation on the host has, `[a-z0-9-]`, at most 80 characters. The token alone is not enough: a
 * controller with another store may give out the same one, and would take the other's result for its own.
 */
export function operationId(component: string, fence: number, nowMs: number): string {
  const name = component.slice(0, NAME_KEPT).replaceAll('.', '-')
  return `${name}-${fence}-${Math.floor(nowMs).toString(36)}`
}
