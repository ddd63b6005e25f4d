// What `apt-cache policy` says → where the installed version of each package can be had. Pure.
import { linesOf } from './frames.ts'

export interface Origins {
  /** Of the installed version. */
  origins: string[]
  /** Of any version. */
  offeredBy: string[]
}

/**
 * Package → hosts of the repositories that offer it, sorted. apt tells two packages of the same version apart by
 * their contents, so a namesake from elsewhere does not pass for it. What is not understood gives no origin, and none is never right.
 */
export function parseOrigins(body: string): Map<string, Origins> {
  const found = new Map<string, Origins>()
  let name = ''
  let isInstalled = false
  for (const line of linesOf(body, 'origins')) {
    const heading = /^(\S+):$/.exec(line)?.[1]
    if (heading !== undefined) {
      name = heading
      isInstalled = false
      found.set(name, { origins: [], offeredBy: [] })
    } else if (/^ (\*\*\*| {3}) \S+ -?\d+$/.test(line)) isInstalled = line.startsWith(' ***')
    else {
      const hosts = hostOf(line)
      found.get(name)?.offeredBy.push(...hosts)
      if (isInstalled) found.get(name)?.origins.push(...hosts)
    }
  }
  const once = (hosts: string[]) => [...new Set(hosts)].sort()
  return new Map(
    [...found].map(([each, { origins, offeredBy }]) => [each, { origins: once(origins), offeredBy: once(offeredBy) }]),
  )
}

/** `        500 https://apt.grafana.com stable/main amd64 Packages`; dpkg's own list is no repository. */
function hostOf(line: string): string[] {
  const [, place = ''] = /^ {4,}-?\d+ (\S+)/.exec(line) ?? []
  const scheme = /^([a-z+]+):/.exec(place)?.[1]
  if (scheme === undefined) return []
  return scheme === 'http' || scheme === 'https' ? [URL.parse(place)?.hostname ?? place] : [scheme]
}
