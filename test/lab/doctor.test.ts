// What a person asks when something is wrong, on real hosts: doctor, logs, test logs and test sso, while all is well and while it is
// not. One of the hosts is logged on to as a user whose sudoers file is the generated one, and nothing else.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../src/lab/run-command.ts'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { custom, type DocumentObject, host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'
import { secretsFile } from '../support/secrets-file.ts'
import { answers, httpAnswer, standIn } from '../support/stand-in-services.ts'

const lab = await useLab('monitoring', 'caddy')
const SECRET = 'tell-nobody-4711'
let controller: Controller
let keyFile: string

function component(name: string, type: string, on: string, more = {}): DocumentObject {
  const spec = { type, hosts: [on], verify: { minHealthyTime: '1s', deadline: '90s' }, ...more }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name }, spec }
}

const site = { domain: 'wiki.nixmox.lan', path: '/', upstream: '192.168.99.18:8080' }
const provider = { domain: 'auth.nixmox.lan', path: '/', upstream: '192.168.99.18:9000' }
const manifest: DocumentObject = {
  ...{ apiVersion: 'homeostat/v1', kind: 'Manifest', metadata: { name: 'lan' } },
  spec: {
    network: { domain: 'nixmox.lan' },
    core_services: {
      caddy: { ip: '192.168.99.10', hostname: 'caddy.nixmox.lan' },
      authentik: { ip: '192.168.99.18', hostname: 'monitoring.nixmox.lan', interface: { proxy: provider } },
    },
    services: {
      wiki: {
        ...{ ip: '192.168.99.18', hostname: 'monitoring.nixmox.lan' },
        interface: { proxy: { wiki: { ...site, auth: { type: 'forward_auth', provider: 'authentik' } } } },
      },
    },
  },
}

/** Says its secret and a sequence that would clear a screen, again and again. */
const talker = custom('talker', ['monitoring', 'caddy'], {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a reference
  files: [{ path: '/etc/talker', content: '${secret:talker/password}\n', mode: '0600' }],
  units: [
    {
      name: 'talker.service',
      content:
        '[Service]\nExecStart=/bin/sh -c \'while sleep 1; do printf "\\\\033[2Jword $(cat /etc/talker)\\\\n"; done\'\n[Install]\nWantedBy=multi-user.target\n',
    },
  ],
})

const cli = (...words: string[]) =>
  controller.cliWithSsh([
    ...words,
    '--dir',
    controller.desired,
    ...(words[0] === 'test' && words[1] === 'alerts' ? [] : ['--age-key', keyFile]),
  ])
const doctor = async (...words: string[]) => {
  const { stdout, stderr, exitCode } = await cli('doctor', ...words)
  return { lines: stdout.trimEnd().split('\n').filter(Boolean), stderr, exitCode }
}

beforeAll(async () => {
  await standIn(lab, 'monitoring', 'authentik', { port: 9000, kind: 'http' })
  await answers(
    lab,
    'monitoring',
    'authentik',
    httpAnswer('302 Found', ['Location: https://auth.nixmox.lan/start?rd=x']),
  )
  await standIn(lab, 'monitoring', 'wiki', { port: 8080, kind: 'http' })
  await answers(lab, 'monitoring', 'wiki', httpAnswer('200 OK', [], 'the wiki'))
  controller = await newController(lab, { resync: '2s' })
  const { stdout } = await controller.cli(['sudoers', 'admin'])
  const encoded = Buffer.from(stdout).toString('base64')
  await lab.shell(
    'caddy',
    `echo ${encoded} | base64 -d > /root/admin && visudo -cf /root/admin && install -m 0440 /root/admin /etc/sudoers.d/admin`,
  )
  keyFile = join(controller.home, 'keys.txt')
  await copyFile(resolve(import.meta.dirname, '../fixtures/secrets/identity.txt'), keyFile)
  await chmod(keyFile, 0o600)
  await controller.write('secrets.sops.yaml', await secretsFile({ talker: { password: SECRET } }))
  await controller.write('hosts.yaml', host(lab, 'monitoring'), host(lab, 'caddy', { ssh: { user: 'admin' } }))
  await controller.write('manifest.yaml', manifest)
  await controller.write('loki.yaml', component('loki', 'loki', 'monitoring'))
  await controller.write('alloy.yaml', component('alloy', 'alloy', 'monitoring', { dependsOn: ['loki'] }))
  await controller.write('caddy.yaml', component('caddy', 'caddy', 'caddy'))
  await controller.write('talker.yaml', talker)
  controller.start('--age-key', keyFile)
})

afterAll(() => controller?.[Symbol.asyncDispose]())

test('everything is deployed, on the one host as a user who may do nothing else by sudo', async () => {
  for (const key of ['caddy@caddy', 'talker@caddy', 'alloy@monitoring'])
    await controller.untilState(key, 'healthy.inSync')
  const asAdmin = await lab.shell(
    'caddy',
    'runuser -u admin -- sudo -n id 2>&1; runuser -u admin -- sudo -n timeout 5 id 2>&1; true',
  )
  expect(asAdmin.match(/a password is required/g)).toHaveLength(2)
})

test('doctor finds nothing where nothing is wrong', async () => {
  const { lines, stderr, exitCode } = await doctor()
  expect([exitCode, lines]).toEqual([0, []])
  expect(stderr).toContain('nothing is wrong; 2 of 2 hosts, 5 components on them')
})

test('the hosts of a lab are found from outside of its network, where that is asked for', async () => {
  const words = ['--state', controller.state, 'doctor', '--dir', controller.desired, '--age-key', keyFile]
  const outside = ['unshare', '--net', process.execPath, resolve('bin/homeostat.js'), ...words]
  const asked = (HOMEOSTAT_LAB: string) => runCommand(outside, { env: { HOMEOSTAT_LAB } })
  expect(await asked(lab.name)).toMatchObject({
    ...{ exitCode: 0, stdout: '', stderr: expect.stringContaining('nothing is wrong; 2 of 2 hosts') },
  })
  expect(await asked('no-such')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('that lab is not up') })
})

test('what is sent from end to end arrives, and where it does not, that is told', async () => {
  const arrived = await cli('test', 'logs')
  expect(arrived).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/✓ journal .*\n.*✓ shipper .*\n.*✓ loki /),
  })
  expect(await cli('test', 'sso')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('✓ wiki.nixmox.lan  answered 302'),
  })
  // From here on nobody puts anything right.
  await controller.stop()
  await lab.shell('monitoring', 'systemctl stop alloy')
  const lost = await cli('test', 'logs', '--timeout', '10s')
  expect(lost).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/✓ journal .*\n.*✗ shipper .*\n.*✗ loki .*is not among/),
  })
  const sso = async (answer: string) => {
    await answers(lab, 'monitoring', 'authentik', answer)
    const { exitCode, stdout } = await cli('test', 'sso')
    expect(exitCode).toBe(1)
    return stdout
  }
  expect(await sso(httpAnswer('200 OK'))).toContain('SECURITY')
  expect(await sso(httpAnswer('404 Not Found'))).toContain('does not know this site')
  await lab.shell('monitoring', 'systemctl stop authentik.socket')
  expect(await sso('')).toContain('the provider is down')
})

test('logs masks secrets, writes out control characters, and leaves nothing running', async () => {
  const { stdout, exitCode } = await cli('logs', 'talker', '-n', '3')
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^caddy {6}\S+Z sh\[\d+\]: \\e\[2Jword \*\*\*$/m)
  expect(stdout).toMatch(/^monitoring /m)
  const child = spawn(process.execPath, [
    resolve('bin/homeostat.js'),
    '--state',
    controller.state,
    'logs',
    'talker@caddy',
    '-f',
    '-n',
    '1',
    '--dir',
    controller.desired,
    '--age-key',
    keyFile,
    '--identity',
    lab.identityFile,
    '--known-hosts',
    lab.knownHostsFile,
  ])
  const said = await collected(child)
  await untilTrue('lines come', async () => said().split('\n').length > 3)
  child.kill('SIGINT')
  await once(child, 'close')
  expect(stdout + said()).not.toContain(SECRET)
  expect(stdout + said()).not.toContain('\u001b')
  const rest = () => lab.shell('caddy', 'pgrep --exact journalctl || true')
  await untilTrue('no journalctl is left', async () => (await rest()) === '')
})

async function collected(child: ChildProcess): Promise<() => string> {
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  return () => said
}

/** As dpkg does, with fcntl. */
const HOLD_LOCK = `use Fcntl;
open(my $lock, "+>>", "/var/lib/dpkg/lock-frontend") or die $!;
my $whole = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
fcntl($lock, F_SETLK, $whole) or die $!;
$| = 1;
print "held\\n";
sleep 600;
`

// A clock that is wrong cannot be had here: the hosts of the lab share the one of this machine. It is judged in test/unit/doctor.
test('doctor tells what is wrong, each with its host', async () => {
  await lab.shell(
    'monitoring',
    `{ apt-get -qq update && apt-get -qq -y install nftables; } > /dev/null 2>&1
mount -t tmpfs -o size=1m tmpfs /var/lib/homeostat
printf '' > /etc/resolv.conf && sed -i /nixmox/d /etc/hosts
touch /var/lib/dpkg/updates/0001
systemctl stop loki
nft 'add table inet shut; add chain inet shut in { type filter hook input priority 0; }; add rule inet shut in tcp dport 8080 drop'`,
  )
  await lab.shell(
    'caddy',
    `mount -t tmpfs -o size=1g,nr_inodes=20 tmpfs /var/lib/homeostat
echo ${Buffer.from(HOLD_LOCK).toString('base64')} | base64 -d > /root/hold.pl
systemd-run --quiet --unit=holder perl /root/hold.pl`,
  )
  await untilTrue('the lock is held', async () =>
    (await lab.shell('caddy', 'journalctl --unit=holder --output=cat')).includes('held'),
  )
  const { lines, exitCode } = await doctor()
  expect(exitCode).toBe(1)
  const told = (text: string) =>
    expect(
      lines.filter((line) => line.includes(text)),
      text,
    ).toHaveLength(1)
  told('no controller runs here')
  told('monitoring: /var/lib/homeostat has 1 MiB free of 1 MiB')
  told('monitoring: finds no address for caddy.nixmox.lan, monitoring.nixmox.lan')
  told('monitoring: dpkg was interrupted')
  told('monitoring loki: unit loki.service')
  told('monitoring alloy: unit alloy.service')
  told('caddy caddy: 192.168.99.18:9000 on monitoring refuses connections')
  told('caddy caddy: 192.168.99.18:8080 on monitoring does not answer')
  expect(lines.join('\n')).toMatch(/caddy: \/var\/lib\/homeostat has \d+ inodes free of 20/)
  expect(lines.join('\n')).toMatch(/caddy: process \d+ \(perl\) has had dpkg's lock for \d+ s/)
  expect(lines.filter((line) => line.includes('talker'))).toEqual([])
  const json = await cli('doctor', 'loki', '-o', 'json')
  expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'Diagnosis', hosts: [{ name: 'monitoring', seen: true }] })
})

test('doctor tells of a file system that takes nothing any more', async () => {
  await lab.shell('caddy', 'systemctl stop holder && mount -o remount,ro /var/lib/homeostat')
  const { lines, exitCode } = await doctor('caddy')
  expect(exitCode).toBe(1)
  expect(lines.join('\n')).toContain('caddy: /var/lib/homeostat is on a read-only filesystem')
  expect(lines.join('\n')).not.toContain("dpkg's lock")
})

test('a host that is gone, and one where sudo does not work, do not keep doctor from the others', async () => {
  await lab.shell('caddy', 'rm /etc/sudoers.d/admin')
  const refused = await doctor()
  expect(refused.exitCode).toBe(2)
  expect(refused.lines.some((line) => line.includes('sudo -n refused') && line.includes('homeostat sudoers'))).toBe(
    true,
  )
  await lab.cut('caddy')
  const { lines, exitCode, stderr } = await doctor()
  expect(exitCode).toBe(2)
  expect(lines.some((line) => line.startsWith('✗ caddy') && line.includes('it did not answer in time'))).toBe(true)
  expect(lines.some((line) => line.startsWith('✗ monitoring loki'))).toBe(true)
  expect(stderr).toContain('1 of 2 hosts')
})
