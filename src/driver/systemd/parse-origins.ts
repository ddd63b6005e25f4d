// What `apt-cache policy` says → where the installed version of each package can be had. Pure.
import { linesOf } from './frames.ts'

/**
 * Package → hosts of the repositories that offer its installed version, sorted. apt tells two packages of the same version apart by
 * their contents, so a namesake from elsewhere does not pass for it. What is not understood gives no origin, and none is never right.
 */
export function parseOrigins(body: string): Map<string, string[]> {
  const origins = new Map<string, string[]>()
  let name = ''
  let isInstalled = false
  for (const line of linesOf(body, 'origins')) {
    const heading = /^(\S+):$/.exec(line)?.[1]
    if (heading !== undefined) {
      name = heading
      isInstalled = false
      origins.set(name, [])
    } else if (/^ (\*\*\*| {3}) \S+ -?\d+$/.test(line)) isInstalled = line.startsWith(' ***')
    else if (isInstalled) origins.get(name)?.push(...hostOf(line))
  }
  return new Map([...origins].map(([each, hosts]) => [each, [...new Set(hosts)].sort()]))
}

/** `        500 https://apt.grafana.com stable/main amd64 Packages`; dpkg's own list is no repository. */
function hostOf(line: string): string[] {
  const [, place = ''] = line.trim().split(' ')
  const scheme = /^([a-z+]+):/.exec(place)?.[1]
  if (scheme === undefined) return []
  return scheme === 'http' || scheme === 'https' ? [URL.parse(place)?.hostname ?? place] : [scheme]
}
