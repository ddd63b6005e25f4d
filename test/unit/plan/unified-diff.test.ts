// Unified diffs: the ones that `patch` would take, and short.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { compareTargets } from '../../../src/plan/compare-targets.ts'
import { unifiedDiff } from '../../../src/plan/unified-diff.ts'

/** What `patch` does. */
function patched(text: string, diff: string): string {
  const from = text === '' ? [] : text.split(/(?<=\n)/)
  const result: string[] = []
  let at = 0
  for (const shown of diff.replaceAll('\n\\ No newline at end of file', '\0').split(/(?<=\n)/)) {
    const line = shown.replace('\0\n', '')
    const place = /^@@ -(\d+),(\d+)/.exec(line)
    if (place !== null) {
      const start = place[2] === '0' ? Number(place[1]) : Number(place[1]) - 1
      while (at < start) result.push(from[at++] as string)
    } else if (line.startsWith('+')) result.push(line.slice(1))
    else if (line !== '') {
      expect(line.slice(1)).toBe(from[at])
      if (line.startsWith(' ')) result.push(line.slice(1))
      at += 1
    }
  }
  return [...result, ...from.slice(at)].join('')
}

/** How many lines two texts have in common, in the same order. */
function longestCommon(a: string[], b: string[]): number {
  const best = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0))
  const at = (i: number, j: number) => best[i]?.[j] ?? 0
  for (const [i, one] of a.entries())
    for (const [j, other] of b.entries())
      (best[i + 1] as number[])[j + 1] = one === other ? at(i, j) + 1 : Math.max(at(i, j + 1), at(i + 1, j))
  return at(a.length, b.length)
}

describe('a unified diff', () => {
  it('makes the one text of the other', () => {
    const text = fc
      .array(fc.constantFrom('a\n', 'b\n', '\n', 'longer line\n'), { maxLength: 40 })
      .map((it) => it.join(''))
    const last = fc.constantFrom('', 'no line break')
    fc.assert(
      fc.property(text, last, text, last, (a, endA, b, endB) => {
        const [from, to] = [a + endA, b + endB]
        const diff = unifiedDiff(from, to)
        expect(patched(from, diff)).toBe(to)
        expect(diff === '').toBe(from === to)
      }),
    )
  })

  it('has no way that is shorter', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
    fc.assert(
      fc.property(lines, lines, (from, to) => {
        const diff = unifiedDiff(
          ...([from, to].map((it) => it.map((line) => `${line}\n`).join('')) as [string, string]),
        )
        const edits = diff.split('\n').filter((line) => /^[-+]/.test(line)).length
        expect(edits).toBe(from.length + to.length - 2 * longestCommon(from, to))
      }),
    )
  })

  it.each<[string, string, string, string]>([
    ['a line that goes', 'a b c', 'a c', ' a|-b| c'],
    ['a line that comes', 'a c', 'a b c', ' a|+b| c'],
    ['a line that is another', 'a b c', 'a x c', ' a|-b|+x| c'],
    ['the same line once more', 'a a', 'a a a', ' a| a|+a'],
    ['the same line once less', 'a a a', 'a a', ' a| a|-a'],
    ['lines that change places', 'a b', 'b a', '-a| b|+a'],
    ['all lines', 'a b', 'x y', '-a|-b|+x|+y'],
    ['no line any more', 'a b', '', '-a|-b'],
  ])('shows %s', (_, from, to, shown) => {
    const [a, b] = [from, to].map((it) =>
      it
        .split(' ')
        .filter(Boolean)
        .map((line) => `${line}\n`)
        .join(''),
    )
    expect(
      unifiedDiff(a ?? '', b ?? '')
        .split('\n')
        .slice(1, -1)
        .join('|'),
    ).toBe(shown)
  })

  it('says where a last line has no line break, and is empty for what is equal', () => {
    expect(unifiedDiff('a', 'a\n')).toBe('@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n')
    expect(unifiedDiff('a\nb\n', 'a\nb\n')).toBe('')
    expect(unifiedDiff('a\n', '')).toBe('@@ -1,1 +0,0 @@\n-a\n')
  })

  it('shows only what is near of a long text, in as many pieces as it needs', () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index + 1}\n`)
    const changed = lines.with(99, 'x\n').with(106, 'y\n').with(2_899, 'z\n')
    const heads = unifiedDiff(lines.join(''), changed.join(''))
      .split('\n')
      .filter((line) => line.startsWith('@@'))
    expect(heads).toEqual(['@@ -97,7 +97,7 @@', '@@ -104,7 +104,7 @@', '@@ -2897,7 +2897,7 @@'])
    const near = lines.with(99, 'x\n').with(105, 'y\n')
    expect(unifiedDiff(lines.join(''), near.join('')).split('\n')[0]).toBe('@@ -97,13 +97,13 @@')
  })

  it('looks for the shortest way up to 1,000 lines that differ, and then shows all as replaced', () => {
    const alternating = (count: number, other: string) =>
      Array.from({ length: count }, (_, index) => `${index % 2 === 0 ? index : `${other}${index}`}\n`).join('')
    const kept = (count: number) =>
      unifiedDiff(alternating(count, 'a'), alternating(count, 'b'))
        .split('\n')
        .filter((line) => line.startsWith(' '))
    expect(kept(1_001)).toHaveLength(501)
    expect(kept(1_003)).toHaveLength(2)
  })

  it('shows what differs with three lines around it', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`)
    const changed = lines.with(9, 'other\n')
    expect(unifiedDiff(lines.join(''), changed.join(''))).toBe(
      '@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+other\n line 11\n line 12\n line 13\n',
    )
    expect(unifiedDiff('', 'a\n')).toBe('@@ -0,0 +1,1 @@\n+a\n')
  })

  it('of texts that have nothing in common ends soon', () => {
    const texts = ['a', 'b'].map((word) => Array.from({ length: 20_000 }, (_, index) => `${word}${index}\n`).join(''))
    const before = process.cpuUsage()
    expect(unifiedDiff(texts[0] ?? '', texts[1] ?? '').split('\n')).toHaveLength(40_002)
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000)
  })
})

describe('two targets', () => {
  const file = (content: string, mode = 0o640) =>
    ({ kind: 'file', path: '/etc/a', content, owner: 'root', group: 'root', mode }) as const
  const target = (...resources: Parameters<typeof buildTarget>[1]['resources']) =>
    buildTarget({ component: 'a', host: 'h', type: 'custom' }, { resources, probes: [] })

  it('are compared file by file and field by field, with what stands for secrets', () => {
    const token = (digest: string) => `password=\${secret:a/b@${digest.repeat(16)}}\n`
    const before = target(file(token('0')), { kind: 'package', name: 'p', version: '1' })
    const after = target(file(token('1'), 0o600), { kind: 'user', name: 'u', home: '/', groups: [] })
    const { files, fields } = compareTargets(before, after)
    expect(files).toEqual([{ path: '/etc/a', diff: `@@ -1,1 +1,1 @@\n-${token('0')}+${token('1')}` }])
    expect(fields).toEqual([
      { subject: 'file:/etc/a', field: 'mode', from: '0640', to: '0600' },
      { subject: 'package:p', field: '', from: 'there', to: '' },
      { subject: 'user:u', field: '', from: '', to: 'there' },
    ])
    expect(compareTargets(before, before)).toEqual({ files: [], fields: [] })
  })
})
