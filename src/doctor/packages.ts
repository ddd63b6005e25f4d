// Whether packages can be installed: nothing half done, nobody who has the lock for longer than an installation takes.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

const PATIENCE_SECONDS = 300

export function packages({ facts }: HostLook): HostFinding[] {
  if (facts === undefined) return []
  const interrupted = facts.dpkg.slice(0, 1).map((line) => ({
    message: `dpkg was interrupted: ${line}`,
    next: 'dpkg --configure -a, then apt-get -f install, on the host',
  }))
  const locks = new Map(facts.locks.map((lock) => [lock.pid, lock]))
  const held = [...locks.values()].map(({ pid, program, seconds }) => ({
    message: `process ${pid} (${program}) has had dpkg's lock for ${seconds} s: packages wait for it`,
    next: `let it end; where it hangs: systemctl status ${pid} on the host`,
    ...(seconds < PATIENCE_SECONDS ? { isNote: true as const } : {}),
  }))
  return [...interrupted, ...held]
}
