// What this machine lacks for booting hosts.
import { describe, expect, test } from 'vitest'
import { cgroupTrees } from '../../../src/lab/control-group.ts'
import { missingPackages } from '../../../src/lab/requirements.ts'

const only =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path)

describe('the requirements', () => {
  test('on a bare machine every package is missing', () => {
    expect(missingPackages(only())).toEqual([
      'systemd-container',
      'mmdebstrap',
      'nftables',
      'apt-utils',
      'gnupg',
      'openssl',
      'iproute2',
      'openssh-client',
      'debian-archive-keyring',
    ])
  })

  test('what is there is not installed again', () => {
    expect(missingPackages(only('/usr/bin/systemd-nspawn', '/usr/sbin/nft'))).not.toContain('nftables')
  })
})

describe('the control group trees', () => {
  test('the unified tree is used alone', () => {
    expect(cgroupTrees(only('/sys/fs/cgroup/cgroup.controllers'))).toEqual(['/sys/fs/cgroup'])
  })

  test('beside version 1, the v2 tree comes first and systemd keeps its own', () => {
    const exists = only('/sys/fs/cgroup/unified/cgroup.procs', '/sys/fs/cgroup/systemd/cgroup.procs')
    expect(cgroupTrees(exists)).toEqual(['/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'])
  })

  test('version 1 alone is not enough', () => {
    expect(cgroupTrees(only('/sys/fs/cgroup/systemd/cgroup.procs'))).toEqual([])
  })
})
