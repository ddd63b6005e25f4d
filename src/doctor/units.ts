// Units that systemd has given up on, whoever they belong to: ours are told of by their probes, too.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

const NAMED = 5

export function units({ facts }: HostLook): HostFinding[] {
  const failed = facts?.failedUnits ?? []
  if (failed.length === 0) return []
  const ours = failed.filter((name) => name.startsWith('homeostat-'))
  const more = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : ''
  const message = `systemd is ${facts?.system}: failed are ${failed.slice(0, NAMED).join(', ')}${more}`
  const next =
    ours.length > 0
      ? `journalctl -u ${ours[0]} on the host; systemctl reset-failed when it is understood`
      : `systemctl status ${failed[0]} on the host`
  return [{ message, next }]
}
