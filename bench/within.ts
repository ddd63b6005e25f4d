// A wait with an end.

/** What the promise resolves to; throws with `otherwise` when that takes longer than `timeoutMs`. */
export async function within<T>(timeoutMs: number, promise: Promise<T>, otherwise: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${otherwise} within ${timeoutMs / 1000} s`)), timeoutMs)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
