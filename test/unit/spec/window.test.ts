// A Window as written, and how components refer to it.
import { describe, expect, it } from 'vitest'
import { component, host, lineOf, read } from './given.ts'

const window = (spec: string) =>
  `---\napiVersion: homeostat/v1\nkind: Window\nmetadata: { name: nights }\nspec: { ${spec} }\n`
const problems = (...documents: string[]) =>
  read({ 'a.yaml': [host('web'), ...documents].join('') }).desired.issues.map(lineOf)

describe('a window', () => {
  it('is part of how the components that name it are brought about', () => {
    const texts = [
      host('web'),
      window('cron: "0 2 * * 1-5", duration: 2h'),
      component('a', 'hosts: [web], window: nights'),
    ]
    const { components, issues } = read({ 'a.yaml': texts.join('') }).desired
    expect(issues).toEqual([])
    expect(components.a?.policy.window).toEqual({
      name: 'nights',
      cron: '0 2 * * 1-5',
      durationMs: 7_200_000,
      timeZone: 'UTC',
      corrections: 'always',
    })
  })

  it.each([
    ['cron: "0 2 * *", duration: 2h', 'spec.cron: expected five fields'],
    ['cron: "0 25 * * *", duration: 2h', 'spec.cron: expected five fields'],
    ['cron: "0 0 30 2 *", duration: 2h', 'spec.cron: expected five fields'],
    ['cron: "0 0 2 * * *", duration: 2h', 'spec.cron: expected five fields'],
    ['cron: "0 2 * * *"', 'spec.duration'],
    ['cron: "0 2 * * *", duration: 10s', 'spec.duration: expected a duration from 1m to 7d'],
    ['cron: "0 2 * * *", duration: 2h, timeZone: Europe/Nowhere', 'spec.timeZone: expected a time zone'],
    ['cron: "0 2 * * *", duration: 2h, corrections: never', 'spec.corrections'],
  ])('%s is refused', (spec, problem) => {
    expect(problems(window(spec))).toEqual([expect.stringContaining(problem)])
  })

  it('that nobody wrote is told where it is named', () => {
    const good = window('cron: "0 2 * * *", duration: 2h')
    expect(problems(good, component('a', 'hosts: [web], window: nigths'))).toEqual([
      expect.stringContaining('spec.window: there is no Window called "nigths" (did you mean nights?)'),
    ])
  })
})

describe('a suspension', () => {
  const suspended = (spec: string) => problems(component('a', `hosts: [web], suspend: { ${spec} }`))

  it('needs a reason, and may have an end', () => {
    expect(suspended('reason: disk swap')).toEqual([])
    expect(suspended('reason: disk swap, until: 2026-12-01T08:00:00Z')).toEqual([])
    expect(suspended('until: 2026-12-01T08:00:00Z')).toEqual([expect.stringContaining('spec.suspend.reason')])
    expect(suspended('reason: disk swap, until: tomorrow')).toEqual([
      expect.stringContaining('spec.suspend.until: expected a time with its zone'),
    ])
  })

  it('has no use where nothing is changed anyway', () => {
    const lines = problems(component('a', 'hosts: [web], external: true, suspend: { reason: disk swap }'))
    expect(lines).toEqual([expect.stringContaining('spec.suspend: has no effect with external: true')])
  })
})
