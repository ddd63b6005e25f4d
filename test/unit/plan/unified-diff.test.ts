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
