// Finds what depends on itself: in dependsOn between components, and in jump between hosts.

/**
 * One shortest cycle of every knot of names that reach one another, each beginning with its alphabetically first name and
 * not repeating it at the end. Edges to names that are not in the graph are ignored.
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  for (const name of [...edges.keys()].sort()) {
    if (done.has(name)) continue
    const cycle = shortestCycle(edges, name, done)
    done.add(name)
    if (cycle === undefined) continue
    for (const member of cycle) done.add(member)
    cycles.push(cycle)
  }
  return cycles
}

/** Breadth first from a name back to itself, never through names that are done. */
function shortestCycle(edges: ReadonlyMap<string, readonly string[]>, from: string, done: ReadonlySet<string>) {
  const cameFrom = new Map<string, string>()
  const queue = [from]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const next of edges.get(name) ?? []) {
      if (next === from) return pathTo(name, cameFrom)
      if (!edges.has(next) || done.has(next) || cameFrom.has(next)) continue
      cameFrom.set(next, name)
      queue.push(next)
    }
  }
  return undefined
}

function pathTo(name: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path: string[] = []
  for (let at: string | undefined = name; at !== undefined; at = cameFrom.get(at)) path.unshift(at)
  return path
}
