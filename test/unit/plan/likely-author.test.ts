// Who is told to have made a difference, and what of the logs is shown.
import { describe, expect, it } from 'vitest'
import type { Deed } from '../../../src/model/deed.ts'
import type { Diff } from '../../../src/model/diff.ts'
import { authorText, LOOK_BACK_MS, likelyAuthor } from '../../../src/plan/likely-author.ts'

const AT = Date.parse('2026-11-24T12:10:00Z')
const SECOND = 1_000
const diffOf = (...resources: string[]): Diff => ({
  changes: resources.map((resource) => ({ resource, action: 'update', fields: [{ field: 'f', from: 'a', to: 'b' }] })),
})
const motd = diffOf('file:/etc/motd')
const deed = (user: string, by: Deed['by'], what: string, agoMs = 10 * SECOND, more: Partial<Deed> = {}): Deed => ({
  ...{ user, by, what, atMs: AT - agoMs },
  ...more,
})
const named = (diff: Diff, ...deeds: Deed[]) => {
  const author = likelyAuthor(diff, deeds, AT)
  return author === undefined ? undefined : authorText(author)
}

describe('the likely author', () => {
  it('is who named the file, before who came later and before who only came in', () => {
    const deeds = [
      deed('eve', 'ssh', '10.0.0.9', SECOND),
      deed('bob', 'sudo', '/usr/bin/ls /root', 2 * SECOND),
      deed('ada', 'sudo', '/usr/bin/vim /etc/motd', 60 * SECOND),
    ]
    expect(named(motd, ...deeds)).toBe('likely ada, by sudo at 12:09:00 UTC: vim /etc/motd')
    expect(named(diffOf('file:/etc/other'), ...deeds)).toBe('likely bob, by sudo at 12:09:58 UTC: ls')
    expect(named(motd, deeds[0] as Deed)).toBe('likely eve, by ssh at 12:09:59 UTC: from 10.0.0.9')
  })

  it('is nobody who came later, or too long before', () => {
    expect(named(motd, deed('ada', 'sudo', 'vim /etc/motd', -5 * SECOND))).toBeUndefined()
    expect(named(motd, deed('ada', 'sudo', 'vim /etc/motd', LOOK_BACK_MS + SECOND))).toBeUndefined()
    expect(named(motd)).toBeUndefined()
  })

  it.each([
    ['unit:x.service', '/usr/bin/systemctl stop x', 'systemctl x'],
    ['unit:x.timer', '/usr/bin/systemctl stop x.timer', 'systemctl x.timer'],
    ['file:/etc/x/y.conf', '/bin/sh -c "echo secret=hunter2 >> y.conf"', 'sh y.conf'],
    ['file:/etc/x/y.conf', '/bin/sh -c cd /etc/x && tee ./y.conf', 'sh y.conf'],
    ['package:x', '/usr/bin/apt-get remove x --password hunter2', 'apt-get x'],
  ])('of %s is who ran %s, and only what names it is shown', (resource, command, shown) => {
    expect(likelyAuthor(diffOf(resource), [deed('ada', 'sudo', command)], AT)?.what).toBe(shown)
  })

  it('of a package is whose packages were changed, of a file in the middle of that, too', () => {
    const apt = deed('ada', 'apt', 'Upgrade x:amd64 (1, 2), y:amd64 (1, 2)', 60 * SECOND, { endedAtMs: AT })
    expect(named(diffOf('package:y'), apt)).toBe('likely ada, by apt at 12:09:00 UTC: y')
    expect(named(motd, apt, deed('bob', 'ssh', '10.0.0.9'))).toBe('likely ada, by apt at 12:09:00 UTC')
    expect(named(motd, { ...apt, endedAtMs: AT - 10 * SECOND })).toBeUndefined()
  })
})
