// The driver on a real Debian host: what is deployed, refused, reported and taken back.
import { describe, expect, test } from 'vitest'
import { driver, driverHost, file, target, unit } from '../support/driver-host.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
const host = driverHost(lab, 't1')

const config = '/etc/homeostat/web/nginx.conf'
const dropIn = '/etc/systemd/system/nginx.service.d/homeostat.conf'

/** nginx with a configuration of its own, in place of Debian's. */
function web({ port = 8080, body = 'one', validate = ['nginx', '-t', '-c', '{staged}'] } = {}) {
  const server = `server { listen 127.0.0.1:${port}; location / { return 200 "${body}"; } }`
  const run = `/usr/sbin/nginx -c ${config}`
  return target('web', [
    { kind: 'package', name: 'nginx-light' },
    { kind: 'user', name: 'webcontent', home: '/srv/web', groups: ['www-data'] },
    { kind: 'directory', path: '/srv/web', owner: 'webcontent', group: 'www-data', mode: 0o750 },
    file(config, `pid /run/nginx.pid;\nevents {}\nhttp { ${server} }\n`, { group: 'www-data', mode: 0o640, validate }),
    file(
      dropIn,
      `[Service]\nExecStartPre=\nExecStart=\nExecStart=${run}\nExecReload=\nExecReload=${run} -s reload\nExecStop=\nExecStop=${run} -s quit\n`,
    ),
    unit('nginx.service', { restartOn: [`file:${dropIn}`], reloadOn: [`file:${config}`] }),
  ])
}

const answer = (port = 8080) => host.shell(`curl --silent --max-time 5 http://127.0.0.1:${port}/ || true`)
const property = async (name: string, of = 'nginx.service') =>
  (await host.shell(`systemctl show --value --property=${name} ${of}`)).trim()

/** How often systemd has started nginx; the journal has written down by then what it was told. */
const startsSince = async (since: string) =>
  Number(
    await host.shell(
      `journalctl --sync; journalctl ${since} --unit=nginx.service --output=cat | grep -c ^Started || :`,
    ),
  )

describe('a component of a package, a user, a directory, files and a unit', () => {
  test('is brought about in one operation, and Debian never starts it with the configuration it ships', async () => {
    const result = await host.apply(web())
    expect(result).toMatchObject({ outcome: 'succeeded', output: '' })
    expect(result.finishedAtMs).toBeGreaterThan(result.startedAtMs)
    expect(await host.difference(web())).toEqual({ changes: [] })
    expect(await answer()).toBe('one')
    expect(await startsSince('')).toBe(1)
    expect(await host.shell('ls -A /run/systemd/system')).not.toContain('nginx')
  })

  test('is seen as it is', async () => {
    const seen = await host.see([web()])
    expect(seen.files[config]).toMatchObject({ state: 'file', owner: 'root', group: 'www-data', mode: 0o640 })
    expect(seen.files['/srv/web']).toEqual({ state: 'directory', owner: 'webcontent', group: 'www-data', mode: 0o750 })
    expect(seen.packages['nginx-light']).toMatchObject({ installed: true })
    expect(seen.users.webcontent).toMatchObject({ exists: true, home: '/srv/web' })
    expect(seen.users.webcontent?.groups).toContain('www-data')
    const nginx = seen.units['nginx.service']
    expect(nginx).toMatchObject({ load: 'loaded', active: 'active', enabled: 'enabled', needsDaemonReload: false })
    expect(nginx?.loaded).toMatchObject({
      invocationId: nginx?.invocationId,
      stateChangedAtMs: nginx?.stateChangedAtMs,
    })
    expect(seen.components.web).toMatchObject({ generation: 1, revision: web().revision, rejected: [] })
    expect(seen.components.web?.owned).toHaveLength(6)
    expect(Math.abs(seen.hostTimeMs - Date.now())).toBeLessThan(5_000)
  })

  test('reloads for a changed configuration and keeps its process', async () => {
    const before = await property('MainPID')
    expect(await host.apply(web({ body: 'two' }))).toMatchObject({ outcome: 'succeeded' })
    expect(await property('MainPID')).toBe(before)
    // nginx takes the signal and replaces its workers a moment later.
    await expect.poll(() => answer(), { timeout: 60_000 }).toBe('two')
    expect(await host.difference(web({ body: 'two' }))).toEqual({ changes: [] })
  })

  test('is put back as it was after every kind of drift', async () => {
    const wanted = web({ body: 'two' })
    const drifts = [
      `echo '# by hand' >> ${config}`,
      `rm ${config}`,
      `chmod 600 ${config}`,
      `chown www-data ${config}`,
      'chmod 777 /srv/web',
      `rm -r /srv/web; ln -s /etc/passwd ${config}.x; mv -fT ${config}.x ${config}`,
      'systemctl stop nginx',
      'systemctl mask --now nginx',
      'systemctl disable nginx',
      `rm ${dropIn}; systemctl daemon-reload`,
      'gpasswd --delete webcontent www-data',
      'apt-get remove -qq -y nginx-light',
    ]
    for (const drift of drifts) {
      await host.shell(drift)
      const { changes } = await host.difference(wanted)
      expect(changes, drift).not.toEqual([])
      expect(await host.apply(wanted, { cause: 'drift' }), drift).toMatchObject({ outcome: 'succeeded' })
      expect(await host.difference(wanted), drift).toEqual({ changes: [] })
      await expect.poll(() => answer(), { timeout: 60_000, message: drift }).toBe('two')
    }
    expect(await host.shell('head -c 4 /etc/passwd')).toBe('root')
  })

  test('is left alone by a configuration that its own checker refuses', async () => {
    const before = await host.shell(`cat ${config}; stat -c %Z ${config}`)
    const result = await host.apply(web({ body: 'two"; no_such_directive "' }))
    expect(result).toMatchObject({ outcome: 'failed', step: `validate file:${config}`, exitCode: 1, certain: true })
    expect(result.output).toContain('unknown directive "no_such_directive"')
    expect(await host.shell(`cat ${config}; stat -c %Z ${config}`)).toBe(before)
    expect(await answer()).toBe('two')
  })

  test('is removed with what it brought, and nothing else', async () => {
    await host.shell('echo kept > /srv/web/data')
    const result = await host.apply(web({ body: 'two' }), { kind: 'remove' })
    expect(result).toMatchObject({ outcome: 'succeeded' })
    const seen = await host.see([web()])
    expect(seen.components).toEqual({})
    expect(seen.packages['nginx-light']).toEqual({ installed: false, version: '' })
    expect(seen.units['nginx.service']?.active).toBe('inactive')
    expect([seen.files[config], seen.files[dropIn]]).toEqual([{ state: 'absent' }, { state: 'absent' }])
    expect(await host.shell('ls -d /etc/homeostat /etc/systemd/system/nginx.service.d 2>/dev/null || true')).toBe('')
    expect(await host.shell('cat /srv/web/data')).toBe('kept\n')
  })
})

describe('a package that was left half installed', () => {
  test('is finished without Debian starting it with the configuration it ships', async () => {
    await host.shell('dpkg --unpack /srv/debian/nginx-common_*.deb /srv/debian/nginx-light_*.deb; rm -f /run/nginx.pid')
    const cursor = (await host.shell('journalctl --sync; journalctl --lines=0 --show-cursor')).split(': ')[1]?.trim()
    expect((await host.see([web()])).packages['nginx-light']).toMatchObject({ installed: false, broken: 'unpacked' })
    expect(await host.apply(web({ body: 'finished' }))).toMatchObject({ outcome: 'succeeded' })
    expect(await host.difference(web({ body: 'finished' }))).toEqual({ changes: [] })
    expect(await answer()).toBe('finished')
    expect(await startsSince(`--after-cursor='${cursor}'`)).toBe(1)
    expect(await host.apply(web(), { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
  })
})

describe('what was there before', () => {
  const takenOver = target('motd', [
    file('/etc/motd', 'ours\n', { mode: 0o600 }),
    file('/etc/issue.link', 'ours\n'),
    { kind: 'directory', path: '/opt/theirs', owner: 'www-data', group: 'www-data', mode: 0o700 },
    { kind: 'package', name: 'sudo' },
    unit('theirs.service', { enabled: false, running: false }),
  ])

  test('comes back as it was when the component goes', async () => {
    await host.shell(`
      printf 'theirs\\n' > /etc/motd; chmod 604 /etc/motd; chown admin:admin /etc/motd
      ln -s motd /etc/issue.link; mkdir /opt/theirs; chmod 711 /opt/theirs
      printf '[Service]\\nExecStart=sleep 1000\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/theirs.service
      systemctl daemon-reload; systemctl --quiet enable --now theirs.service`)
    const look = 'stat -c "%n %F %a %U" /etc/motd /etc/issue.link /opt/theirs; cat /etc/motd; readlink /etc/issue.link'
    const units = 'systemctl is-enabled theirs.service; systemctl is-active theirs.service || true'
    const before = await host.shell(`${look}; ${units}`)
    expect(await host.apply(takenOver)).toMatchObject({ outcome: 'succeeded' })
    expect(await host.difference(takenOver)).toEqual({ changes: [] })
    expect(await host.shell(`cat /etc/motd; systemctl is-active theirs.service || true`)).toBe('ours\ninactive\n')
    expect(await host.apply(takenOver, { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell(`${look}; ${units}`)).toBe(before)
    expect(await host.shell('command -v sudo')).toBe('/usr/bin/sudo\n')
  })

  test('stays with the last of two components that own it', async () => {
    const one = target('one', [file('/etc/shared.conf', 'shared\n'), { kind: 'package', name: 'nginx-light' }])
    const two = target('two', [file('/etc/shared.conf', 'shared\n'), { kind: 'package', name: 'nginx-light' }])
    await host.apply(one)
    await host.apply(two)
    await host.apply(one, { kind: 'remove' })
    expect(await host.difference(two)).toEqual({ changes: [] })
    await host.apply(two, { kind: 'remove' })
    const seen = await host.see([two])
    expect(seen.files['/etc/shared.conf']).toEqual({ state: 'absent' })
    expect(seen.packages['nginx-light']?.installed).toBe(false)
  })

  test('is a package that others have come to need: it stays', async () => {
    const common = target('common', [{ kind: 'package', name: 'nginx-common' }])
    await host.apply(common)
    await host.shell('apt-get install -qq -y nginx-light')
    const result = await host.apply(common, { kind: 'remove' })
    expect(result).toMatchObject({ outcome: 'succeeded' })
    expect((await host.see([common])).packages['nginx-common']?.installed).toBe(true)
    await host.shell('apt-get purge -qq -y nginx-light nginx-common')
  })

  test('comes back for a part that leaves the component', async () => {
    const whole = target('parts', [file('/etc/parts/a', 'a\n'), file('/etc/parts/b', 'b\n')])
    const less = target('parts', [file('/etc/parts/a', 'a\n')])
    await host.apply(whole)
    expect(await host.apply(less)).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell('ls /etc/parts')).toBe('a\n')
    expect((await host.see([less])).components.parts?.owned).toEqual(['file:/etc/parts/a'])
  })

  test('is no directory or device that a file would have to replace', async () => {
    await host.shell('mkdir -p /etc/in-the-way/deep')
    const result = await host.apply(target('blocked', [file('/etc/in-the-way', 'x\n')]))
    expect(result).toMatchObject({ outcome: 'failed', certain: true, step: 'note what was there before' })
    expect(result.output).toContain('/etc/in-the-way is there and is no file')
    expect(await host.shell('ls /etc/in-the-way')).toBe('deep\n')
  })
})

describe('a service that would lead root elsewhere', () => {
  const guarded = (content: string) =>
    target('guarded', [
      { kind: 'directory', path: '/srv/guarded', owner: 'www-data', group: 'www-data', mode: 0o755 },
      { kind: 'directory', path: '/srv/guarded/deep', owner: 'www-data', group: 'www-data', mode: 0o700 },
      file('/srv/guarded/deep/issue', content),
    ])

  test.each([
    ['the directory', '/etc'],
    ['a directory above it', '/srv/elsewhere'],
  ])('by a symbolic link in place of %s is refused, and nothing is changed there', async (_, victim) => {
    expect(await host.apply(guarded('one'))).toMatchObject({ outcome: 'succeeded' })
    await host.shell(`mkdir -p /srv/elsewhere/deep; stat -c '%U %a' /etc /srv/elsewhere > /run/before
      chown www-data /srv; mv /srv/guarded /srv/guarded.old; ${
        victim === '/etc'
          ? 'mkdir /srv/guarded; chown www-data:www-data /srv/guarded; ln -s /etc /srv/guarded/deep'
          : 'ln -s /srv/elsewhere /srv/guarded'
      }; chown -h www-data /srv/guarded /srv/guarded/deep`)
    const result = await host.apply(guarded('two'))
    expect(result).toMatchObject({ outcome: 'failed', certain: true })
    expect(result.output).toContain('symbolic link')
    expect(await host.shell('cat /etc/issue /srv/elsewhere/deep/issue 2>/dev/null || true')).not.toContain('two')
    expect(await host.shell("stat -c '%U %a' /etc /srv/elsewhere")).toBe(await host.shell('cat /run/before'))
    await host.shell('rm -rf /srv/guarded; mv /srv/guarded.old /srv/guarded; chown root /srv')
  })
})

describe('a unit that does not start', () => {
  const broken = (command: string) =>
    target('broken', [
      file(
        '/etc/systemd/system/broken.service',
        `[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/sh -c '${command}'\n[Install]\nWantedBy=multi-user.target\n`,
      ),
      unit('broken.service', { restartOn: ['file:/etc/systemd/system/broken.service'] }),
    ])

  test('is reported with the end of its journal, as certain, harmless for a terminal', async () => {
    const result = await host.apply(broken('printf "cannot read \\\\033[31mconfiguration\\\\n"; exit 3'))
    expect(result).toMatchObject({ outcome: 'failed', step: 'start broken.service', exitCode: 1, certain: true })
    expect(result.output).toContain('Result=exit-code')
    expect(result.output).toContain('configuration')
    expect(result.output).not.toContain('\u001b')
  })

  test('is given up when the time of the operation is over, and that is not certain', async () => {
    const result = await host.apply(broken('sleep 100'), { timeoutMs: 10_000 })
    expect(result).toMatchObject({ outcome: 'failed', step: 'start broken.service', certain: false, exitCode: 124 })
    expect(result.output).toContain('ended after the 10 seconds that this operation has')
    await host.apply(broken('sleep 100'), { kind: 'remove' })
  })
})

describe('the host itself', () => {
  const wanted = target('small', [file('/etc/small', 'one\n')])

  test('refuses a token that is not above all it has seen, before anything is touched', async () => {
    await host.apply(wanted)
    const { fence } = await host.see([])
    const next = target('small', [file('/etc/small', 'two\n')])
    const result = await host.apply(next, { fence })
    expect(result).toMatchObject({ outcome: 'refused', step: 'check the token', certain: true })
    expect(result.output).toContain(`token ${fence} is not above ${fence}`)
    expect(await host.shell('cat /etc/small')).toBe('one\n')
  })

  test('refuses what was decided on a look in the middle of another operation, and names who sent that', async () => {
    const slow = file('/etc/small', 'slow\n', { validate: ['sh', '-c', 'sleep 8', '{staged}'] })
    const running = host.apply(target('small', [slow]))
    const checkers = async () => (await host.shell('pgrep -f "sleep 8" || true')).trim()
    await expect.poll(checkers, { timeout: 60_000 }).not.toBe('')
    const late = await host.operation(target('late', [file('/etc/late', 'late\n')]))
    const { fence: observedFence } = await host.see([])
    expect(await running).toMatchObject({ outcome: 'succeeded' })
    const result = await driver.operate(host.transport, { ...late, observedFence, fence: observedFence + 5 }, {})
    expect(result).toMatchObject({ outcome: 'refused', step: 'check the token' })
    expect(result.output).toContain('another operation of a test')
    expect(await host.shell('ls /etc/late 2>/dev/null || true')).toBe('')
  })

  test('runs an operation once', async () => {
    const operation = await host.operation(target('small', [file('/etc/small', 'once\n')]))
    await driver.operate(host.transport, operation, {})
    await host.shell('echo by-hand > /etc/small')
    const again = driver.operate(host.transport, { ...operation, fence: operation.fence + 1 }, {})
    await expect(again).rejects.toThrow('this id was used before')
    expect(await host.shell('cat /etc/small')).toBe('by-hand\n')
    const { operations } = await host.see([], [operation.id, 'never-heard-of'])
    expect(operations[operation.id]).toMatchObject({ state: 'done', result: { outcome: 'succeeded' } })
    expect(operations['never-heard-of']).toEqual({ state: 'unknown' })
  })

  test('remembers what is verified, what is rejected and the last targets', async () => {
    await host.apply(wanted)
    const { fence, components } = await host.see([])
    const generation = components.small?.generation ?? 0
    await driver.confirm(host.transport, 'small', generation, { fence })
    await driver.confirm(host.transport, 'small', generation, { fence })
    await expect(driver.confirm(host.transport, 'small', generation, { fence: fence - 1 })).rejects.toThrow(
      `token ${fence - 1} is below ${fence}`,
    )
    await expect(driver.confirm(host.transport, 'small', generation + 1, { fence })).rejects.toThrow(
      'not the one that runs',
    )
    const bad = target('small', [file('/etc/small', 'bad\n')])
    await host.apply(bad)
    await host.apply(wanted, { kind: 'rollback', cause: 'rollback', reject: bad.revision })
    const record = (await host.see([])).components.small
    expect(record).toMatchObject({
      generation: generation + 2,
      revision: wanted.revision,
      verified: { generation, revision: wanted.revision },
      rejected: [bad.revision],
    })
    const kept = await driver.recall(host.transport, 'small', {})
    expect(kept.slice(0, 2)).toEqual([
      { generation: generation + 2, target: { ...wanted }, cause: 'rollback', atMs: expect.any(Number) },
      { generation: generation + 1, target: { ...bad }, cause: 'spec', atMs: expect.any(Number) },
    ])
  })

  test('keeps the last ten generations, the verified one, and twenty to thirty operations', async () => {
    for (let index = 0; index < 35; index++) await host.apply(target('small', [file('/etc/small', `${index}\n`)]))
    // What is too old goes when nobody waits for the operation any more.
    const recall = () => driver.recall(host.transport, 'small', {})
    await expect.poll(async () => (await recall()).length, { timeout: 60_000 }).toBe(11)
    const kept = await recall()
    const { verified, generation } = (await host.see([])).components.small ?? {}
    expect(kept[0]?.generation).toBe(generation)
    expect(kept.map((one) => one.generation)).toContain(verified?.generation)
    expect((await host.see([])).components.small?.kept).toEqual(kept.map((one) => one.generation).reverse())
    expect(Number(await host.shell('ls /var/lib/homeostat/ops | wc -l'))).toBeLessThanOrEqual(31)
  })

  test('shows nobody but root what we keep there', async () => {
    const unitFile = '/etc/systemd/system/private.service'
    const run = '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n'
    const secret = file('/etc/private', 'hunter2\n', { mode: 0o600 })
    const wanted = target('private', [secret, file(unitFile, run), unit('private.service', { enabled: false })])
    expect(await host.apply(wanted)).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell('grep -rl hunter2 /var/lib/homeostat')).toContain('/generations/1/target.json')
    expect(await host.shell("find /var/lib/homeostat /run/homeostat -perm /077 -printf '%p %m\\n'")).toBe('')
  })
})
