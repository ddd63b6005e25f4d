// Keys of structured files that are somebody else's: what counts as the same, and what is written.
import { describe, expect, it } from 'vitest'
import { isReadable, isSameBut, type KeptKeys, withLiveKeys } from '../../../src/plan/kept-keys.ts'

const json = (...keys: KeptKeys['keys']): KeptKeys => ({ format: 'json', keys })
const yaml = (...keys: KeptKeys['keys']): KeptKeys => ({ format: 'yaml', keys })
const ini = (...keys: KeptKeys['keys']): KeptKeys => ({ format: 'ini', keys })
const PORT = ['server', 'port']

type Case = [
  what: string,
  kept: KeptKeys,
  wanted: string,
  live: string,
  isSame: boolean | undefined,
  written: string | undefined,
]

const cases: Case[] = [
  ['another value', json(PORT), '{"server":{"port":1}}', '{"server":{"port":2}}', true, '{"server":{"port":2}}'],
  ['another layout', json(PORT), '{"a":1}', '{\n  "a": 1\n}\n', true, '{"a":1}'],
  [
    'a key that only the host has',
    json(['token']),
    '{\n  "a": 1\n}\n',
    '{"a":2,"token":"x"}',
    false,
    '{\n  "a": 1,\n  "token": "x"\n}\n',
  ],
  [
    'objects on the way that only the host has',
    json(['a', 'b', 'c']),
    '{}',
    '{"a":{"b":{"c":[1]}}}',
    true,
    '{"a":{"b":{"c":[1]}}}',
  ],
  ['an empty object on the way', json(PORT), '{"server":{}}', '{"server":{"port":2}}', true, '{"server":{"port":2}}'],
  ['a key that the host lacks', json(PORT), '{"server":{"port":1}}', '{}', true, '{"server":{"port":1}}'],
  ['whatever is below the key', json(['server']), '{"server":{"port":1}}', '{"server":7,"b":1}', false, '{"server":7}'],
  ['an item of a list', json(['a', 1]), '{"a":[1,2]}', '{"a":[1,9]}', true, '{"a":[1,9]}'],
  ['a longer list', json(['a', 1]), '{"a":[1,2]}', '{"a":[1,9,3]}', false, '{"a":[1,9]}'],
  [
    'a number beyond what fits',
    json(['id']),
    '{"id":1,"b":12345678901234567891}',
    '{"id":98765432109876543210,"b":12345678901234567891}',
    true,
    '{"id":98765432109876543210,"b":12345678901234567891}',
  ],
  [
    'two such numbers that look alike',
    json(['id']),
    '{"b":12345678901234567891}',
    '{"b":12345678901234567892}',
    false,
    '{"b":12345678901234567891}',
  ],
  [
    '__proto__',
    json(['__proto__', 'x']),
    '{"a":1}',
    '{"a":1,"__proto__":{"x":1}}',
    true,
    '{"a":1,"__proto__":{"x":1}}',
  ],
  ['constructor', json(['constructor']), '{"a":1}', '{"a":1}', true, '{"a":1}'],
  ['no JSON on the host', json(PORT), '{"a":1}', '{"a":', undefined, undefined],
  ['something plain on the way', json(PORT), '{"server":"off"}', '{"server":{"port":1}}', false, undefined],
  [
    'YAML, comments kept',
    yaml(PORT),
    '# ours\nserver:\n  port: 1 # ours too\na: 1\n',
    'a: 1\nserver: {port: 2}\n',
    true,
    '# ours\nserver:\n  port: 2 # ours too\na: 1\n',
  ],
  ['YAML, nothing to keep', yaml(PORT), 'a:   1\n', 'a: 2\n', false, 'a:   1\n'],
  [
    'YAML with an alias bomb',
    yaml(PORT),
    'a: 1\n',
    `x0: &x0 [1]\n${Array.from({ length: 30 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}]\n`).join('')}`,
    undefined,
    undefined,
  ],
  ['several YAML documents', yaml(PORT), 'a: 1\n', 'a: 1\n---\nb: 2\n', undefined, undefined],
  [
    'another value of a line',
    ini(PORT),
    '[server]\nport = 1\nhost = a\n',
    '; theirs\n[server]\nport=2\nhost=a\n',
    true,
    '[server]\nport=2\nhost = a\n',
  ],
  [
    'a line without sections',
    ini(['log.level']),
    'log.level = info\nb = 1\n',
    'log.level = debug\nb = 2\n',
    false,
    'log.level = debug\nb = 1\n',
  ],
  [
    'a line that only the host has',
    ini(['server', 'token']),
    '[server]\nport = 1\n\n[b]\nc = 1\n',
    '[server]\ntoken = x\nport = 1\n[b]\nc=1\n',
    true,
    '[server]\nport = 1\ntoken = x\n\n[b]\nc = 1\n',
  ],
  [
    'a section that only the host has',
    ini(['plugins']),
    'a = 1\n',
    'a = 1\n[plugins]\nx = 1\ny = 2\n',
    true,
    'a = 1\n[plugins]\nx = 1\ny = 2\n',
  ],
  [
    'a key that is given twice',
    ini(['Service', 'Environment']),
    '[Service]\nEnvironment=A=1\nExecStart=/bin/x\n',
    '[Service]\nEnvironment=B=1\nEnvironment=C=1\nExecStart=/bin/x\n',
    true,
    '[Service]\nEnvironment=B=1\nEnvironment=C=1\nExecStart=/bin/x\n',
  ],
  [
    'lines that go on',
    ini(['a']),
    'a = 1 \\\n  2\nb = 1\n',
    'a = 3 \\\n  4 \\\n  5\nb = 1\n',
    true,
    'a = 3 \\\n  4 \\\n  5\nb = 1\n',
  ],
  ['the order of other lines', ini(['a']), 'b = 1\nc = 2\n', 'c = 2\nb = 1\n', false, 'b = 1\nc = 2\n'],
  [
    'indented lines that go on',
    ini(['a']),
    'a = 1\n  2\nb = 1\n',
    'a = 3\n  4\n\t5\nb = 1\n',
    true,
    'a = 3\n  4\n\t5\nb = 1\n',
  ],
  [
    'indented lines that do not go on',
    ini(['a']),
    'a = 1\n  b = 2\n  # c\n',
    'a = 3\n  b = 2\n  [s]\n',
    true,
    'a = 3\n  b = 2\n  # c\n',
  ],
  ['what goes on as it does not on the host', ini(['x']), 'a = 1\n  2\n', 'a = 1\n  3\n', false, 'a = 1\n  2\n'],
  ['what goes on, indented otherwise', ini(['x']), 'a = 1\n  2\n', 'a = 1\n      2\n', true, 'a = 1\n  2\n'],
  [
    'a line before all sections that only the host has',
    ini(['token']),
    '[b]\nc = 1\n',
    'token = x\n[b]\nc = 1\n',
    true,
    'token = x\n[b]\nc = 1\n',
  ],
  ['a line of nothing but the host', ini(['token']), '', 'token = x\n', true, 'token = x\n\n'],
  [
    'one of two keys',
    ini(['a'], ['b']),
    'a = 1\nb = 1\nbc = 1\n',
    'a = 2\nb = 2\nbc = 1\n',
    true,
    'a = 2\nb = 2\nbc = 1\n',
  ],
  ['keys that begin with another one', ini(['a']), 'a = 1\nab = 1\n', 'a = 1\nab = 2\n', false, 'a = 1\nab = 1\n'],
  [
    'a heading with room and words beside it',
    ini(['s', 'a']),
    '[ s ] # ours\na = 1\n',
    '[s]\na = 2\n',
    true,
    '[ s ] # ours\na = 2\n',
  ],
  ['a line that begins with its sign', ini(['x']), '=1\n', '=2\n', false, '=1\n'],
  [
    'a word without a value that is left',
    ini(['quiet']),
    'quiet\na = 1\n',
    'quiet = 2\na = 1\n',
    true,
    'quiet = 2\na = 1\n',
  ],
  ['a line without a value', ini(['a']), 'a = 1\nskip-networking\n', 'a = 2\n', false, 'a = 2\nskip-networking\n'],
]

describe('a file with keys that are left', () => {
  it.each(cases)('%s', (_, kept, wanted, live, isSame, written) => {
    expect(isSameBut(wanted, live, kept)).toBe(isSame)
    expect(withLiveKeys(wanted, live, kept)).toBe(written)
  })

  it.each(cases.filter(([, , , , , written]) => written !== undefined))(
    '%s: what is written is no drift',
    (_, kept, wanted, live) => {
      const written = withLiveKeys(wanted, live, kept) ?? ''
      expect(isSameBut(wanted, written, kept)).toBe(true)
      expect(withLiveKeys(wanted, written, kept)).toBe(written)
    },
  )
})

it('what is nested too deeply cannot be read, and nothing worse happens', () => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  expect(isSameBut('{}', deep, json(PORT))).not.toBe(true)
  expect(isReadable(deep, 'yaml')).toBe(false)
  expect([isReadable('{"a"', 'json'), isReadable('{"a":1}', 'json'), isReadable('anything', 'ini')]).toEqual([
    false,
    true,
    true,
  ])
})
