// Whether the login user may do more by sudo than we need. It is root either way (docs/security.md): this is about tidiness.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

export function privilege({ facts }: HostLook): HostFinding[] {
  const wide = (facts?.sudo ?? []).find((line) => /NOPASSWD:(?: [A-Z]+:)* ALL(?:,|$)/.test(line))
  if (wide === undefined) return []
  const message = `the login user may do anything by sudo: ${wide}`
  return [{ message, next: 'homeostat sudoers USER prints a file that allows what is needed', isNote: true }]
}
