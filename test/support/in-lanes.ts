// Work done side by side: whoever is free takes the next piece.

/**
 * Does the work on every item, in their order, one item at a time in each lane; resolves with the results in the order of the
 * items. Work that throws ends its lane, and the other lanes do what is left; `stranded` says what becomes of an item that was
 * thrown over, or that no lane was left for.
 */
export async function inLanes<Item, Lane, Result>(
  items: readonly Item[],
  lanes: readonly Lane[],
  work: (item: Item, lane: Lane) => Promise<Result>,
  stranded: (item: Item, cause: unknown) => Result,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = [...items.entries()]
  let lastCause: unknown
  const follow = async (lane: Lane): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, item] = next
      try {
        results[at] = await work(item, lane)
      } catch (cause) {
        lastCause = cause
        results[at] = stranded(item, cause)
        return
      }
    }
  }
  await Promise.all(lanes.map(follow))
  for (const [at, item] of waiting) results[at] = stranded(item, lastCause)
  return results
}
