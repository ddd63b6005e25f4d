// A component of one's own, in YAML alone, with every kind of part that `custom` has; and the one that its page shows.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { custom, type DocumentObject, host } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await mkdir(join(controller.desired, 'files'))
  await writeFile(join(controller.desired, 'files/greeting'), 'hello\n')
  await controller.write('hosts.yaml', host(lab, 't1'), { ...host(lab, 't2'), metadata: { name: 'caddy' } })
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

/** Says by HTTP, and writes down, what it was given whenever it was given something. */
const program = `use IO::Socket::INET; use Socket; my $said;
sub load { open my $f, '<', '/etc/whole/greeting' or die; chomp($said = <$f>); $said .= " $ENV{WORD} $$";
  open my $o, '>>', '/srv/whole/said' or die; print $o "$said\\n" }
load(); my $again = 0; $SIG{HUP} = sub { $again = 1 };
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1:8181', Listen => 5, ReuseAddr => 1) or die;
while (1) { my $c = $s->accept; if ($again) { $again = 0; load() } next unless $c;
  while (<$c>) { last if /^\\r/ } print $c "HTTP/1.0 200 OK\\r\\n\\r\\n$said"; close $c }
`
const unit = `[Service]
User=whole
ExecStart=/usr/bin/perl /usr/local/lib/whole.pl
ExecReload=/bin/kill -HUP $MAINPID
[Install]
WantedBy=multi-user.target
`

function whole(word = 'one'): DocumentObject {
  return custom('whole', ['t1'], {
    packages: ['procps'],
    users: [{ name: 'whole', groups: ['games'] }],
    directories: [{ path: '/srv/whole', owner: 'whole', mode: '0750' }],
    files: [
      { path: '/usr/local/lib/whole.pl', content: program, onChange: { restart: ['whole.service'] } },
      {
        path: '/etc/whole/greeting',
        contentFrom: 'files/greeting',
        group: 'whole',
        mode: '0640',
        validate: ['grep', '-q', '^hello', '{staged}'],
        onChange: { reload: ['whole.service'] },
      },
    ],
    units: [{ name: 'whole.service', content: unit }],
    dropIns: [{ unit: 'whole.service', content: `[Service]\nEnvironment=WORD=${word}\n` }],
    probes: [
      { kind: 'http', port: 8181, body: `^hello.* ${word} ` },
      { kind: 'tcp', port: 8181 },
      { kind: 'command', argv: ['ps', '-o', 'user=', '-C', 'perl'], stdout: 'whole' },
      { kind: 'systemd', unit: 'whole.service' },
    ],
  })
}

const said = async () => (await lab.shell('t1', 'cat /srv/whole/said')).trim().split('\n')
/** What it said last, once that begins as told. */
const untilSaid = (begin: string) =>
  untilTrue(`it says ${begin}`, async () => {
    const last = (await said()).at(-1)
    return last?.startsWith(begin) && last
  })
const pidOf = (line = '') => line.split(' ').at(-1)

test('all of its parts are brought about, and every probe passes', async () => {
  await controller.write('whole.yaml', whole())
  const { lastProbes } = await controller.untilState('whole@t1', 'healthy.inSync')
  expect(lastProbes?.map(({ passed }) => passed)).toEqual([true, true, true, true])
  expect(await lab.shell('t1', 'id -nG whole; getent passwd whole | cut -d: -f6')).toBe('whole games\n/var/lib/whole\n')
  expect(await lab.shell('t1', "stat -c '%U:%G %a' /srv/whole /etc/whole/greeting")).toBe(
    'whole:whole 750\nroot:whole 640\n',
  )
  expect(await said()).toEqual([expect.stringMatching(/^hello one \d+$/)])
})

test('the file beside the YAML is reloaded when it changes, which keeps the process', async () => {
  const [before] = await said()
  await writeFile(join(controller.desired, 'files/greeting'), 'hello again\n')
  expect(pidOf(await untilSaid('hello again one'))).toBe(pidOf(before))
  await controller.untilState('whole@t1', 'healthy.inSync')
})

test('a drop-in that changes restarts its unit', async () => {
  const before = (await said()).at(-1)
  await controller.write('whole.yaml', whole('two'))
  expect(pidOf(await untilSaid('hello again two'))).not.toBe(pidOf(before))
  await controller.untilState('whole@t1', 'healthy.inSync')
})

test('what its checker refuses does not go live', async () => {
  const before = await said()
  await writeFile(join(controller.desired, 'files/greeting'), 'goodbye\n')
  await controller.untilState('whole@t1', 'rolledBack.holding')
  expect(await lab.shell('t1', 'cat /etc/whole/greeting')).toBe('hello again\n')
  expect((await said()).every((line) => line.startsWith('hello'))).toBe(true)
  expect((await said()).slice(0, before.length)).toEqual(before)
})

test('the example of docs/custom.md is what it says', async () => {
  const page = await readFile(new URL('../../docs/custom.md', import.meta.url), 'utf8')
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
  await controller.write('example.yaml', example)
  await controller.untilState('status-page@caddy', 'healthy.inSync')
  const serving = "ss -Hltnp 'sport = :8080'; systemctl is-active caddy"
  expect(await lab.shell('t2', serving)).toMatch(/127\.0\.0\.1:8080.*"caddy"[\s\S]*\nactive\n$/)
})
