// Whether the programs are there that every change and every look needs.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

export function tools({ facts }: HostLook): HostFinding[] {
  if (facts === undefined || facts.lacks.length === 0) return []
  return [{ message: `lacks ${facts.lacks.join(', ')}`, next: 'install them: a Debian with systemd has them all' }]
}
