// Whether a change waits for hours to be confirmed or taken back: both are a matter of minutes.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

const LONG_SECONDS = 2 * 3600

export function unconfirmed({ facts }: HostLook): HostFinding[] {
  const old = (facts?.armed ?? []).filter(({ seconds }) => seconds > LONG_SECONDS)
  return old.map(({ component, seconds }) => ({
    component,
    message: `its last change has waited for ${Math.floor(seconds / 3600)} h to be confirmed or taken back`,
    next: 'systemctl list-timers --all "homeostat-revert*" on the host; homeostat reconcile, with a controller running',
  }))
}
