// Keys within values of objects, lists and scalars, as JSON and YAML have them. Nothing is changed in place.
import type { KeyPath } from '../model/policy.ts'

export type Found = { value: unknown } | undefined

type Collection = Record<string, unknown> | unknown[]

/** What stands at the path. */
export function valueAt(value: unknown, path: KeyPath): Found {
  let at = value
  for (const step of path) {
    if (!isCollection(at) || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string, unknown>)[step]
  }
  return { value: at }
}

/** Without what stands at the path, nor objects on the way to it that have nothing else. In a list, null stands for it. */
export function withoutKey(value: unknown, [step, ...rest]: KeyPath): unknown {
  if (step === undefined || !isCollection(value) || !Object.hasOwn(value, step)) return value
  const inner = rest.length === 0 ? undefined : withoutKey((value as Record<string, unknown>)[step], rest)
  const isGone = inner === undefined || isEmptyObject(inner)
  if (Array.isArray(value)) return value.map((item, index) => (index === Number(step) ? (isGone ? null : inner) : item))
  const { [step]: _, ...others } = value
  return isGone ? others : { ...others, [step]: inner }
}

/** With another value there; objects on the way are made. Throws `TypeError` where something else is on the way. */
export function withKey(value: unknown, [step, ...rest]: KeyPath, next: unknown): unknown {
  if (step === undefined) return next
  if (value === undefined) return { [step]: withKey(undefined, rest, next) }
  if (!isCollection(value)) throw new TypeError(`there is no ${step} in a plain value`)
  const known = Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined
  const inner = withKey(known, rest, next)
  if (!Array.isArray(value)) return { ...value, [step]: inner }
  if (!Object.hasOwn(value, step)) throw new TypeError(`there is no ${step} in the list`)
  return value.map((item, index) => (index === Number(step) ? inner : item))
}

function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null
}

function isEmptyObject(value: unknown): boolean {
  return isCollection(value) && !Array.isArray(value) && Object.keys(value).length === 0
}
