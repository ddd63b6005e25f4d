// Whether the host's clock is right, by ours: logs, certificates and samples of another time are refused or misleading.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

const MOST_MS = 5_000

export function clock({ clock }: HostLook): HostFinding[] {
  if (clock === undefined || Math.abs(clock.aheadMs) - clock.withinMs < MOST_MS) return []
  const seconds = Math.round(Math.abs(clock.aheadMs) / 1000)
  const message = `its clock is ${seconds} s ${clock.aheadMs > 0 ? 'ahead of' : 'behind'} the one here`
  return [{ message, next: 'timedatectl on both machines; install chrony or systemd-timesyncd' }]
}
