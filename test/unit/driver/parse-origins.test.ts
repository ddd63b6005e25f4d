// What apt says of a package, as read on hosts of the lab, and where that says it is from.
import { expect, test } from 'vitest'
import { parseOrigins } from '../../../src/driver/systemd/parse-origins.ts'

const policy = (name: string, ...versions: string[]) =>
  [`${name}:`, '  Installed: 3.7.8', '  Candidate: 3.7.8', '  Version table:', ...versions, ''].join('\n')
const debian = '        500 http://deb.debian.org/debian bookworm/main amd64 Packages'
const vendor = '       1001 https://apt.grafana.com stable/main amd64 Packages'
const local = '        100 /var/lib/dpkg/status'

test.each([
  ['the repositories that offer what is installed', [' *** 3.7.8 1001', vendor, local], ['apt.grafana.com']],
  ['not those of other versions', ['     3.7.9 1001', vendor, ' *** 3.7.8 500', debian, local], ['deb.debian.org']],
  ['not those of a namesake of the same version', [' *** 3.7.8 -1', local, '     3.7.8 1001', vendor], []],
  ['none for what was installed by hand', [' *** 3.7.8 100', local], []],
  ['a folder of the host as such', [' *** 3.7.8 500', '        500 file:/srv/debian ./ Packages', local], ['file']],
  ['each once', [' *** 3.7.8 500', debian, debian.replace('bookworm', 'sid')], ['deb.debian.org']],
])('the origin is %s', (_, versions, origins) => {
  expect(parseOrigins(policy('loki', ...versions)).get('loki')?.origins).toEqual(origins)
})

test('every package has its own, and one that apt does not know has none', () => {
  const body = policy('loki', ' *** 3.7.8 1001', vendor) + policy('caddy', ' *** 2.6.2 500', debian)
  const only = (host: string) => ({ origins: [host], offeredBy: [host] })
  expect([...parseOrigins(body)]).toEqual([
    ['loki', only('apt.grafana.com')],
    ['caddy', only('deb.debian.org')],
  ])
})

test('who offers another version is known too', () => {
  const body = policy('loki', ' *** 99 -1', local, '     3.7.8 1001', vendor)
  expect(parseOrigins(body).get('loki')).toEqual({ origins: [], offeredBy: ['apt.grafana.com'] })
})
