// Texts from disks and hosts as accidents and enemies leave them: real ones, spoilt in ways that get past a first look.
import fc from 'fast-check'

/** Pieces that mean something to one of the readers, or break what they take for granted. */
const pieces = [
  '',
  '\n',
  '\n\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  '\u001b[2J',
  '\u202e',
  '\ud800',
  '\ufeff',
  '=',
  ':',
  '/',
  '"',
  '{',
  '[',
  '}',
  ']',
  'end\n',
  '==> /var/lib/homeostat/components/web/record <==\n',
  'component web\n',
  'owned file:/etc/x\n',
  'null',
  'NaN',
  '-1',
  '-0',
  '1e999',
  '9'.repeat(400),
  '0'.repeat(64),
  '__proto__',
  '"__proto__":{"polluted":true},',
  'constructor',
  'toString',
  '[['.repeat(2_000),
  '{"a":'.repeat(2_000),
]

/** Says what to do with a text at a place between its beginning (0) and its end (1). */
type Spoil = (text: string) => string

const place = fc.double({ min: 0, max: 1, noNaN: true })
const at = (text: string, where: number) => Math.floor(where * text.length)

function spoil(words: readonly string[]): fc.Arbitrary<Spoil> {
  const piece = fc.oneof(fc.constantFrom(...pieces, ...words), fc.string({ unit: 'binary', maxLength: 20 }))
  return fc.oneof(
    place.map(
      (where): Spoil =>
        (text) =>
          text.slice(0, at(text, where)),
    ),
    place.map(
      (where): Spoil =>
        (text) =>
          text.slice(at(text, where)),
    ),
    fc.tuple(place, piece).map(([where, put]): Spoil => insert(where, put)),
    fc.tuple(place, place).map(
      ([from, to]): Spoil =>
        (text) =>
          text.slice(0, at(text, from)) + text.slice(at(text, to)),
    ),
    fc.tuple(place, place).map(
      ([from, to]): Spoil =>
        (text) =>
          insert(to, lineAt(text, from))(text),
    ),
    fc.tuple(place, piece).map(
      ([where, put]): Spoil =>
        (text) =>
          text.replace(lineAt(text, where), () => put),
    ),
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
      ([where, bits]): Spoil =>
        (text) =>
          flip(text, where, bits),
    ),
  )
}

function insert(where: number, put: string): Spoil {
  return (text) => text.slice(0, at(text, where)) + put + text.slice(at(text, where))
}

function lineAt(text: string, where: number): string {
  const from = text.lastIndexOf('\n', at(text, where)) + 1
  const to = text.indexOf('\n', from)
  return to < 0 ? text.slice(from) : text.slice(from, to + 1)
}

/** A byte changes; what is no UTF-8 any more is read as the driver and the store would read it. */
function flip(text: string, where: number, bits: number): string {
  const bytes = Buffer.from(text)
  const index = Math.floor(where * (bytes.length - 1))
  if (bytes.length > 0) bytes[index] = (bytes[index] ?? 0) ^ bits
  return bytes.toString('utf8')
}

/** The text after one to six accidents; `words` are further pieces that its reader knows. */
export function spoilt(text: string, words: readonly string[] = []): fc.Arbitrary<string> {
  return fc
    .array(spoil(words), { minLength: 1, maxLength: 6 })
    .map((spoils) => spoils.reduce((done, each) => each(done), text))
}

/** Any bytes at all, as text. */
export const noise: fc.Arbitrary<string> = fc
  .uint8Array({ maxLength: 2_000 })
  .map((bytes) => Buffer.from(bytes).toString('utf8'))

/** Ten megabytes on one line, of things that make slow readers slow. */
export const longLines: readonly [what: string, line: string][] = [
  ['letters', 'a'],
  ['blanks', ' '],
  ['digits', '9'],
  ['slashes', '/'],
  ['equals signs', '='],
  ['escapes', '\u001b'],
  ['halves of pairs', '\ud83d'],
  ['a word and a blank', 'a '],
].map(([what = '', unit = '']) => [what, unit.repeat(10_000_000 / unit.length)])

/** Processor time of this thread that the work took, in milliseconds: what else the machine does must not fail a test. */
export function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
