// What is made of a host's logs: whoever may log there may have written them.
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../../../src/driver/systemd/parse-trace.ts'
import { tracedPaths, traceScript } from '../../../src/driver/systemd/trace-script.ts'

const AT = 1_795_521_784_123
const entry = (program: string, message: unknown, atMs: unknown = `${AT}000`) =>
  JSON.stringify({ _COMM: program, MESSAGE: message, __REALTIME_TIMESTAMP: atMs })

function deedsOf(journal: string[], { packages = '', caller = 'root\n10.0.0.1\n+0000' } = {}) {
  const part = (name: string, body: string) => `\n#m ${name}\n${body}`
  const output = [part('begin', ''), part('caller', `${caller}\n`), part('journal', `${journal.join('\n')}\n`)]
  const rest = [part('packages', packages), part('files', '0 aGk=\n'), part('end', '')]
  const { deeds, contents } = parseTrace([...output, ...rest].join(''), ['/etc/motd'], '#m')
  expect([...contents]).toEqual([['/etc/motd', 'hi']])
  return deeds
}

const told = (...journal: string[]) => deedsOf(journal).map(({ by, user, what }) => [by, user, what])

describe('lines of the journal', () => {
  it.each([
    [
      'sudo',
      '    ada : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/vim /etc/motd',
      ['sudo', 'ada', '/usr/bin/vim /etc/motd'],
    ],
    ['sudo', 'ada : PWD=/ ; USER=root ; ENV=A=1 ; COMMAND=/bin/ls', ['sudo', 'ada', '/bin/ls']],
    ['sshd', 'Accepted publickey for ada from 10.0.0.7 port 4711 ssh2: ED25519 SHA256:x', ['ssh', 'ada', '10.0.0.7']],
    ['sshd-session', 'Accepted password for ada from ::1 port 4711 ssh2', ['ssh', 'ada', '::1']],
    ['su', '(to root) ada on pts/1', ['su', 'ada', 'pts/1']],
    ['login', 'pam_unix(login:session): session opened for user ada(uid=1000) by LOGIN(uid=0)', ['login', 'ada', '']],
  ])('%s: %s', (program, message, deed) => {
    expect(told(entry(program, message))).toEqual([deed])
  })

  it.each([
    ['a refused command', entry('sudo', 'ada : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls')],
    ['a wrong password', entry('sudo', 'ada : 3 incorrect password attempts ; TTY=pts/0 ; COMMAND=/bin/ls')],
    ['a failed login', entry('sshd', 'Failed password for ada from 10.0.0.7 port 1 ssh2')],
    ['another program that says it is sudo', entry('logger', 'ada : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls')],
    ['a program of an odd name', entry('__proto__', 'x')],
    ['no text', entry('sudo', [1, 2, 3])],
    ['no time', entry('sudo', 'ada : TTY=pts/0 ; COMMAND=/bin/ls', 'soon')],
    ['half a line', '{"MESSAGE":'],
    ['null', 'null'],
    ['our own login', entry('sshd', 'Accepted publickey for root from 10.0.0.1 port 5 ssh2')],
  ])('%s tells nothing', (_, line) => {
    expect(told(line)).toEqual([])
  })

  it('of our own user tell of others who use it', () => {
    const caller = 'admin\n\n+0000'
    const ours = 'admin : PWD=/ ; USER=root ; COMMAND=/usr/bin/timeout -k 5 60 sh -c exec sh -s'
    const theirs = 'admin : PWD=/ ; USER=root ; COMMAND=/usr/bin/vim x'
    const found = deedsOf([entry('sudo', ours), entry('sudo', theirs)], { caller })
    expect(found.map(({ what }) => what)).toEqual(['/usr/bin/vim x'])
  })

  it('are cut and escaped', () => {
    const [deed] = deedsOf([entry('sudo', `a\u202eda : TTY=x ; COMMAND=/bin/x \u001b[2J${'y'.repeat(100_000)}`)])
    expect(deed?.user).toBe('a\\u202eda')
    expect(deed?.what).toMatch(/^\/bin\/x \\e\[2Jy+…?$/)
    expect(deed?.what.length).toBeLessThanOrEqual(2_000)
    expect(deedsOf(Array.from({ length: 500 }, () => entry('su', '(to root) ada on pts/1')))).toHaveLength(200)
  })
})

describe("apt's history", () => {
  const history = (text: string, zone = '+0100') => deedsOf([], { packages: text, caller: `root\n10.0.0.1\n${zone}` })

  it('has local times and who asked', () => {
    const text = `
Start-Date: 2026-11-24  13:03:04
Commandline: apt-get remove procps
Requested-By: ada (1000)
Remove: procps:amd64 (2:4.0.4-9), x:amd64 (1)
End-Date: 2026-11-24  13:03:09

Start-Date: 2026-11-24  14:00:00
Upgrade: y:amd64 (1, 2)
`
    expect(history(text)).toEqual([
      {
        atMs: Date.parse('2026-11-24T12:03:04Z'),
        endedAtMs: Date.parse('2026-11-24T12:03:09Z'),
        by: 'apt',
        user: 'ada',
        what: 'Remove procps:amd64 (2:4.0.4-9), x:amd64 (1)',
      },
      { atMs: Date.parse('2026-11-24T13:00:00Z'), by: 'apt', user: 'root', what: 'Upgrade y:amd64 (1, 2)' },
    ])
  })

  it.each(['Start-Date: soon', 'nothing', 'Start-Date: 2026-99-99  99:99:99', '__proto__: x'])(
    '%s tells nothing',
    (text) => {
      expect(history(text)).toEqual([])
    },
  )

  it('tells nothing where the time zone is not known', () => {
    expect(history('Start-Date: 2026-11-24  13:03:04', '')).toEqual([])
  })
})

it('asks for ten files at most, and none with an odd path', () => {
  expect(tracedPaths(['relative', '/a\nb', ...Array.from({ length: 20 }, (_, i) => `/etc/${i}`)])).toHaveLength(10)
  const script = traceScript({ paths: ["/etc/it's"], sinceMs: 1_500, untilMs: 2_001 }, '', '#m')
  expect(script).toContain('since=1\nuntil=3\n')
  expect(script).toContain(String.raw`trace '/etc/it'\''s' < /dev/null`)
})

it('an answer that was cut short is an error', () => {
  expect(() => parseTrace('\n#m begin\n\n#m caller\nroot\n', [], '#m')).toThrow(/cut short/)
})
