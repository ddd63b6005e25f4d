// All checks, in the order of their weight, and what they come to. Pure: everything was seen before.
import { clock } from './clock.ts'
import { connections } from './connections.ts'
import { disk } from './disk.ts'
import type { Finding, HostFinding } from './finding.ts'
import { health } from './health.ts'
import type { HostLook } from './look.ts'
import { names } from './names.ts'
import { notifications } from './notifications.ts'
import { packages } from './packages.ts'
import { privilege } from './privilege.ts'
import { reach } from './reach.ts'
import { tools } from './tools.ts'
import { unconfirmed } from './unconfirmed.ts'
import { units } from './units.ts'

type Check = (look: HostLook) => HostFinding[]

/** By host as they are given, then by check. `expected` are the addresses that names should have. */
export function diagnose(looks: HostLook[], expected: Record<string, string>): Finding[] {
  const checks: Record<string, Check> = {
    ...{ reach, tools, disk, clock, packages, unconfirmed, units },
    names: names(expected),
    ...{ connections, health, notifications, privilege },
  }
  return looks.flatMap((look) =>
    Object.entries(checks).flatMap(([check, find]) =>
      find(look).map((found) => ({ check, host: look.host, ...found })),
    ),
  )
}
