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

  it.each<[string, Deed[], string | undefined]>([
    ['is who ran a program as root by sudo', [deed('ada', 'sudo', '/bin/ls')], 'ada sudo ls'],
    ['is who became root by su', [deed('ada', 'su', 'root')], 'ada su'],
    ['is who came in by ssh', [deed('ada', 'ssh', '10.0.0.9')], 'ada ssh from 10.0.0.9'],
    ['is who sat at the machine', [deed('ada', 'login', 'tty1')], 'ada login'],
    [
      'is rather who became root than who came in',
      [deed('eve', 'login', 'tty1', 1), deed('ada', 'su', 'root')],
      'ada su',
    ],
    ['is the last of them', [deed('bob', 'su', 'root', 9_000), deed('ada', 'su', 'root', 3_000)], 'ada su'],
    [
      'is the last of them, however they are told',
      [deed('ada', 'su', 'root', 3), deed('bob', 'su', 'root', 9)],
      'ada su',
    ],
    ['may be who came a second later: clocks differ', [deed('ada', 'su', 'root', -SECOND)], 'ada su'],
    ['is nobody who came later than that', [deed('ada', 'su', 'root', -SECOND - 1)], undefined],
    ['may be who came an hour before', [deed('ada', 'su', 'root', LOOK_BACK_MS)], 'ada su'],
    ['is nobody who came before that', [deed('ada', 'su', 'root', LOOK_BACK_MS + 1)], undefined],
    [
      'is nobody who only named it',
      [deed('ada', 'ssh', '/etc/motd'), deed('bob', 'su', '/etc/motd', 99_000)],
      'bob su',
    ],
    ['has no packages of others', [deed('ada', 'apt', 'Install y (1)', 5, { endedAtMs: AT - SECOND })], 'ada apt'],
    [
      'is not who was done with packages',
      [deed('ada', 'apt', 'Install y', 5, { endedAtMs: AT - SECOND - 1 })],
      undefined,
    ],
    ['is not whose packages never ended', [deed('ada', 'apt', 'Install y')], undefined],
    ['is shown without what was typed where no program can be told', [deed('ada', 'sudo', '"x y"')], 'ada sudo'],
  ])('%s', (_, deeds, told) => {
    const author = likelyAuthor(motd, deeds, AT)
    expect(author && [author.user, author.by, ...(author.what === undefined ? [] : [author.what])].join(' ')).toBe(told)
  })

  it('is by apt whose packages differ, before who became root, and all of them are named', () => {
    const apt = deed('ada', 'apt', 'Install: x:amd64 (1), y (1); Remove z', 60 * SECOND)
    const root = deed('bob', 'su', 'root', SECOND)
    expect(named(diffOf('package:x', 'package:z'), apt, root)).toBe('likely ada, by apt at 12:09:00 UTC: x z')
    expect(named(diffOf('file:/etc/x', 'package:q'), apt, root)).toBe('likely bob, by su at 12:09:59 UTC')
    expect(named(diffOf('file:/etc/x'), apt)).toBeUndefined()
  })

  it.each<[string, string, string]>([
    ['directory:/etc/x', '/bin/chmod 700 /etc/x', 'chmod /etc/x'],
    ['directory:/etc/x', 'cd /etc; rm -r ./x', 'cd x'],
    ['unit:x.service.d', '/usr/bin/systemctl stop xd', 'systemctl'],
    ['file:/etc/x', 'vim  "/etc/x"', 'vim /etc/x'],
    ['file:/etc/x', 'vim /etc/x; vim /etc/x', 'vim /etc/x'],
  ])('of %s by %s is shown as %s', (resource, command, shown) => {
    expect(likelyAuthor(diffOf(resource), [deed('ada', 'sudo', command)], AT)?.what).toBe(shown)
  })

  it('is shown in 200 characters at most, however long what was done is', () => {
    const long = '/x'.repeat(200)
    const whatOf = (diff: Diff, one: Deed) => likelyAuthor(diff, [one], AT)?.what
    expect(whatOf(motd, deed('ada', 'ssh', long))).toHaveLength(200)
    expect(whatOf(diffOf(`file:${long}`), deed('ada', 'sudo', `vim ${long}`))).toHaveLength(200)
    expect(whatOf(diffOf(`package:${'x'.repeat(300)}`), deed('ada', 'apt', `Install ${'x'.repeat(300)}`))).toHaveLength(
      200,
    )
  })
})
