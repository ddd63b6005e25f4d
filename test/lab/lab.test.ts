// The lab itself, on hosts of its own beside those of the run: what the other lab tests rely on.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { forwardPort } from '../../src/lab/forward.ts'
import { isGrafanaReachable } from '../../src/lab/grafana-download.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { labPaths } from '../../src/lab/lab-paths.ts'
import { readRecord } from '../../src/lab/lab-record.ts'
import { labStatus } from '../../src/lab/lab-status.ts'
import { labDown, labUp } from '../../src/lab/lab-up.ts'
import { runCommand } from '../../src/lab/run-command.ts'

const name = `${(process.env.HOMEOSTAT_LAB ?? 'default').slice(0, 24)}-lab`
const hosts = [
  { name: 'one', address: '192.168.99.41' },
  { name: 'two', address: '192.168.99.42' },
]
const up = () => labUp({ name, hosts })
const bootIds = (lab: Lab) => Promise.all(hosts.map((host) => lab.shell(host.name, bootId)))
const bootId = 'cat /proc/sys/kernel/random/boot_id'

let lab: Lab
beforeAll(async () => {
  await labDown(name)
  lab = await up()
})
afterAll(() => labDown(name))

describe('a lab that is up', () => {
  test('lets us in on every host by SSH with the key that known_hosts names', async () => {
    for (const host of hosts) {
      expect((await lab.ssh(host.name, ['hostname', '--fqdn'])).stdout).toBe(`${host.name}.nixmox.lan\n`)
    }
  })

  test('lets the user admin in too, who is root by sudo -n', async () => {
    const argv = lab.sshCommand('one', ['sudo', '-n', 'id', '--user', '--name', '&&', 'whoami'], ['-l', 'admin'])
    expect(await runCommand(argv)).toMatchObject({ exitCode: 0, stdout: 'root\nadmin\n' })
  })

  test.each([
    ['machine id', 'cat /etc/machine-id'],
    ['host key', 'cat /etc/ssh/ssh_host_ed25519_key.pub'],
    ['boot id', bootId],
  ])('gives every host its own %s', async (_, command) => {
    expect(await lab.shell('one', command)).not.toBe(await lab.shell('two', command))
  })

  test('keeps the services of one host out of the sight and reach of the other', async () => {
    await lab.shell('one', 'systemd-run --property=Type=exec --unit=only-here sleep 600')
    const groups = 'find /sys/fs/cgroup -name only-here.service | wc -l'
    expect(Number(await lab.shell('one', groups))).toBeGreaterThan(0)
    expect(Number(await lab.shell('two', groups))).toBe(0)
    const sleepers = 'cat /proc/[0-9]*/comm | grep -cx sleep || true'
    expect(await lab.shell('one', sleepers)).toBe('1\n')
    await lab.shell('one', 'systemctl stop only-here')
    expect(await lab.shell('one', sleepers)).toBe('0\n')
  })

  test('installs real packages without the Internet', async () => {
    await lab.shell('one', 'apt-get update -qq --error-on=any && apt-get install -y -qq procps')
    expect(await lab.shell('one', 'ps -o comm= -p 1')).toBe('systemd\n')
  })

  test('is left as it is by a second up', async () => {
    const before = await bootIds(lab)
    const again = await up()
    expect(await bootIds(again)).toEqual(before)
  })

  test('is left as it is by two ups at once', async () => {
    const before = await bootIds(lab)
    await Promise.all([up(), up()])
    expect(await bootIds(lab)).toEqual(before)
  })

  test('refuses a host that it does not have, and says which it has', async () => {
    await expect(lab.exec('three', ['true'])).rejects.toThrow('the lab has no host "three", only: one, two')
  })
})

/** Answers every request with one word, to the host itself alone. */
const oneWord = `my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:7777", Listen => 5) or die;
while (my $c = $s->accept) { while (<$c>) { last if /^\\r/ } print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhere"; close $c }`

test('a port that only a host itself can reach is brought to this machine, until it is closed', async () => {
  await lab.shell('one', `systemd-run --quiet --unit=one-word perl -MIO::Socket::INET -e '${oneWord}'`)
  await lab.shell('one', 'until ss -Hltn | grep -q :7777; do sleep 0.1; done')
  const relay = await forwardPort(lab, 'one', 7777, 0)
  const ask = () => fetch(`http://127.0.0.1:${relay.port}/`)
  expect(await (await ask()).text()).toBe('here')
  await relay.close()
  await expect(ask()).rejects.toThrow()
  await lab.shell('one', 'systemctl stop one-word')
})

describe('the power of a host', () => {
  test('an orderly reboot keeps what was written and begins a new boot', async () => {
    const before = await lab.shell('one', bootId)
    await lab.shell('one', 'echo kept > /root/note')
    await lab.reboot('one')
    expect(await lab.shell('one', 'cat /root/note')).toBe('kept\n')
    expect(await lab.shell('one', bootId)).not.toBe(before)
  })

  test('a host that reboots by itself comes back by itself', async () => {
    const before = await lab.shell('one', bootId)
    await lab.ssh('one', ['systemctl', 'reboot'])
    const isAnother = async () => {
      const { exitCode, stdout } = await lab.ssh('one', [bootId])
      return exitCode === 0 && stdout !== before
    }
    await expect.poll(isAnother, { timeout: 240_000 }).toBe(true)
  })

  test('a power cut ends it at once, and it keeps what was written', async () => {
    await lab.shell('one', 'echo kept > /root/after-cut')
    await lab.powerCut('one')
    expect(await powers()).toEqual(['off', 'on'])
    expect((await lab.ssh('one', ['true'])).exitCode).toBe(255)
    await lab.start('one')
    expect(await lab.shell('one', 'cat /root/after-cut')).toBe('kept\n')
  })

  test('a host that turned itself off stays off until it is started', async () => {
    await lab.ssh('one', ['systemctl', 'poweroff'])
    // systemd gives a service 90 s to stop, and another after it.
    await expect.poll(powers, { timeout: 200_000 }).toEqual(['off', 'on'])
    await lab.start('one')
    expect(await powers()).toEqual(['on', 'on'])
  })

  test('an orderly stop lets services end by themselves', async () => {
    await lab.shell(
      'one',
      `systemd-run --unit=last sh -c 'trap "echo bye > /root/last; exit" TERM; touch /run/last; sleep 600 & wait'
    until [ -e /run/last ]; do sleep 0.1; done`,
    )
    await lab.stop('one')
    await lab.start('one')
    expect(await lab.shell('one', 'cat /root/last')).toBe('bye\n')
  })

  test('a reset forgets every change and keeps who the host is', async () => {
    const identity = 'cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub'
    const before = await lab.shell('one', identity)
    await lab.shell('one', 'echo x > /etc/note; rm /etc/hosts; echo "PermitRootLogin no" >> /etc/ssh/sshd_config')
    await lab.reset('one')
    expect(await lab.shell('one', 'ls /etc/note 2>/dev/null || echo gone')).toBe('gone\n')
    expect(await lab.shell('one', 'getent hosts two')).toContain('192.168.99.42')
    expect(await lab.shell('one', identity)).toBe(before)
  })
})

describe('the network of a host', () => {
  test('a pulled cable keeps out both sides, and the host can still be looked at', async () => {
    const fromOneToTwo = ['timeout', '5', 'bash', '-c', 'exec 3<>/dev/tcp/192.168.99.42/22']
    expect((await lab.exec('one', fromOneToTwo)).exitCode).toBe(0)
    await lab.cut('one')
    expect((await lab.ssh('one', ['true'])).stderr).toContain('timed out')
    expect((await lab.exec('one', fromOneToTwo)).exitCode).toBe(124)
    expect((await lab.ssh('two', ['true'])).exitCode).toBe(0)
    await lab.heal('one')
    expect((await lab.ssh('one', ['true'])).exitCode).toBe(0)
  })

  test('a cable that is pulled after so many bytes lets less pass and stops more', async () => {
    await lab.cutAfterBytes('one', 200_000)
    expect((await lab.ssh('one', ['head -c 100000 /dev/zero'])).stdout).toHaveLength(100_000)
    const more = lab.ssh('one', ['head -c 1000000 /dev/zero'], { timeoutMs: 3000 })
    await expect(more).rejects.toMatchObject({ kind: 'timeout' })
    await lab.heal('one')
    expect((await lab.ssh('one', ['head -c 1000000 /dev/zero'])).stdout).toHaveLength(1_000_000)
  })

  test('healing what is whole is harmless', async () => {
    await lab.heal('one')
    await lab.heal('one')
    expect((await lab.ssh('one', ['true'])).exitCode).toBe(0)
  })
})

/** Where the real packages can be had, they come before what is given. */
const areRealThere = await isGrafanaReachable()

test.skipIf(areRealThere)(
  'a binary that is given is what the hosts install, in the place of the stand-in',
  async () => {
    const given = await mkdtemp(join(tmpdir(), 'homeostat-given-'))
    const program = join(given, 'loki')
    await writeFile(program, '#!/bin/sh\necho "loki, version 9.8.7 (branch: given)"\n', { mode: 0o755 })
    vi.stubEnv('HOMEOSTAT_LAB_LOKI_BIN', program)
    try {
      lab = await up()
      expect(lab.sources).toContainEqual({ program: 'loki', kind: 'binary', version: '9.8.7+binary1' })
      expect(lab.sources.filter(({ kind }) => kind === 'stand-in')).toHaveLength(3)
      await lab.shell(
        'one',
        `echo "deb [trusted=yes] https://apt.grafana.com stable main" > /etc/apt/sources.list.d/grafana.list
apt-get update -qq && apt-get install -y -qq loki`,
      )
      expect(await lab.shell('one', 'loki --version')).toBe('loki, version 9.8.7 (branch: given)\n')
      expect(await lab.shell('one', 'dpkg-query -W loki')).toBe('loki\t9.8.7+binary1\n')
    } finally {
      vi.unstubAllEnvs()
      const made = (await readRecord(labPaths(name)))?.grafana
      await labDown(name)
      if (made?.sources.some(({ kind }) => kind === 'binary')) await rm(made.directory, { recursive: true })
      await rm(given, { recursive: true })
    }
  },
  240_000,
)

async function powers(): Promise<string[]> {
  return (await labStatus(name)).hosts.map((host) => host.power)
}
