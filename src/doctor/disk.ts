// Whether there is room for what is staged and kept under /var/lib/homeostat.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

const LEAST_KIB = 100 * 1024
const LEAST_INODES = 1_000
const LEAST_SHARE = 0.03

export function disk({ facts }: HostLook): HostFinding[] {
  if (facts === undefined) return []
  const { disk, isReadOnly } = facts
  if (isReadOnly)
    return [
      {
        message: '/var/lib/homeostat is on a read-only filesystem',
        next: 'dmesg says why; remount it once that is mended',
      },
    ]
  if (disk === undefined) return []
  const next = `make room on ${disk.mount}: journalctl --vacuum-size=200M, apt-get clean`
  if (disk.freeKiB < LEAST_KIB || disk.freeKiB < LEAST_SHARE * disk.totalKiB)
    return [
      {
        message: `${disk.mount} has ${Math.floor(disk.freeKiB / 1024)} MiB free of ${Math.floor(disk.totalKiB / 1024)} MiB`,
        next,
      },
    ]
  // Filesystems without a fixed number of them say 0 of 0.
  if (disk.totalInodes > 0 && disk.freeInodes < LEAST_INODES)
    return [{ message: `${disk.mount} has ${disk.freeInodes} inodes free of ${disk.totalInodes}`, next }]
  return []
}
