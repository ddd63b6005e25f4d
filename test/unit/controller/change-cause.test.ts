// Why another revision is asked for: what is written of the component, what is written of others, the value of a secret.
import { expect, it } from 'vitest'
import { z } from 'zod'
import { advance } from '../../../machines/advance.ts'
import { type ComponentType, defineType } from '../../../src/catalog/define-type.ts'
import { originOf, withOrigin } from '../../../src/controller/change-cause.ts'
import { type Desire, desire } from '../../../src/controller/desire.ts'
import type { Status } from '../../../src/controller/statuses.ts'
import type { DesiredState } from '../../../src/model/desired.ts'
import type { Target } from '../../../src/model/target.ts'
import type { FindSecret } from '../../../src/plan/seal.ts'
import { fileType, stateOf, statusIn, type Written } from './given.ts'

/** Its file says what rules there are, what a file beside the YAML says, and what all components have as their content. */
const lister = defineType({
  type: 'lister',
  summary: 'lists others',
  options: z.strictObject({ path: z.string(), content: z.string(), mode: z.int() }),
  minHealthyMs: 10_000,
  render: ({ path, content, mode }, { peers, alertRules, file }) => {
    const others = peers.map((peer) => `${peer.name} ${(peer.options as { content: string }).content}`)
    const text = [content, file('beside'), ...alertRules.map(({ name }) => name), ...others].join('\n')
    return { resources: [{ kind: 'file', path, content: text, owner: 'root', group: 'root', mode }], probes: [] }
  },
})
const catalog: Record<string, ComponentType> = { file: fileType, lister } as never

const list: Written = { type: 'lister', mode: 0o600 }
const wanted = (written: Record<string, Written>, more: Partial<DesiredState> = {}, find?: FindSecret) =>
  desire(stateOf({ list, ...written }, more), catalog, find)
const targetIn = (desired: Desire): Target | undefined => {
  const wish = desired.wishes.get('list@a')
  return wish?.kind === 'deploy' ? wish.target : undefined
}

/** One after the other is asked for; each but the last was proven. */
function causes(...desires: Desire[]): string[] {
  let status: Status = statusIn('list@a', 'disabled.absent')
  let lastGood: Target | undefined
  return desires.map((desired) => {
    const revision = targetIn(desired)?.revision ?? ''
    const lifecycle = advance(status.lifecycle, { type: 'TARGET_CHANGED', revision, nowMs: 1 })
    status = withOrigin({ ...status, lifecycle }, status, desired, lastGood)
    lastGood = targetIn(desired)
    return originOf(status)
  })
}

const rules = (...names: string[]) => ({ alertRules: names.map((name) => ({ name }) as never) })

it.each<[string, string, Desire, Desire]>([
  ['its own options', 'spec', wanted({}), wanted({ list: { ...list, content: 'v2' } })],
  ['another component', 'dependency', wanted({ other: {} }), wanted({ other: { content: 'v2' } })],
  ['a component that is new', 'dependency', wanted({}), wanted({ other: {} })],
  ['both', 'spec', wanted({}), wanted({ list: { ...list, content: 'v2' }, other: {} })],
  ['the rules that it takes', 'spec', wanted({}, rules('one')), wanted({}, rules('two'))],
  ['a file that it takes', 'spec', wanted({}, { files: { beside: '1' } }), wanted({}, { files: { beside: '2' } })],
])('%s: %s', (_, cause, before, after) => {
  expect(targetIn(after)?.revision).not.toBe(targetIn(before)?.revision)
  expect(causes(before, after)).toEqual(['spec', cause])
})

it('the value of a secret: secret', () => {
  const content = '$' + '{secret:db/one}'
  const written = { list: { ...list, content } }
  const [before, after] = ['a', 'b'].map((digit) => wanted(written, {}, () => ({ digest: digit.repeat(16) }))) as [
    Desire,
    Desire,
  ]
  expect(causes(before, after, before)).toEqual(['spec', 'secret', 'secret'])
})

it('a file that it does not take, changed along with another component: dependency', () => {
  const after = wanted({ other: { content: 'v2' } }, { files: { elsewhere: 'x' } })
  expect(causes(wanted({ other: {} }), after)).toEqual(['spec', 'dependency'])
})

it('what a store of an earlier version does not know was written', () => {
  const [before, after] = [wanted({}), wanted({ other: {} })]
  const status = statusIn('list@a', 'healthy.inSync', { desired: targetIn(before)?.revision ?? '' })
  expect(withOrigin(status, status, before, undefined)).toBe(status)
  const lifecycle = advance(status.lifecycle, {
    type: 'TARGET_CHANGED',
    revision: targetIn(after)?.revision ?? '',
    nowMs: 1,
  })
  expect(originOf(withOrigin({ ...status, lifecycle }, status, after, targetIn(before)))).toBe('spec')
})
