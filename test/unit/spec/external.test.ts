// Components that others run: what has to be said of them, and what must not be.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ComponentType, defineType } from '../../../src/catalog/define-type.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'
import { component, host, lineOf, types } from './given.ts'

const relay = defineType({
  type: 'relay',
  summary: 'Run by others.',
  external: true,
  options: z.strictObject({}),
  minHealthyMs: 0,
  render: () => ({ resources: [], probes: [] }),
}) as unknown as ComponentType

function readOne(spec: string) {
  const text = `${component('x', `hosts: [web], ${spec}`)}${host('web')}`
  const { desired } = readDesiredState({ 'a.yaml': text }, {}, { ...types, relay })
  return { spec: desired.components.x, issues: desired.issues.map(lineOf) }
}

describe('external', () => {
  it('is said of any component, and is not so by itself', () => {
    expect(readOne('external: true')).toMatchObject({ spec: { external: true }, issues: [] })
    expect(readOne('enabled: true')).toMatchObject({ spec: { external: false }, issues: [] })
  })

  it('has to be said of types that are never changed', () => {
    const text = component('y', 'hosts: [web]').replace('type: clock', 'type: relay') + host('web')
    const { desired } = readDesiredState({ 'a.yaml': text }, {}, { ...types, relay })
    expect(desired.issues.map(lineOf)).toEqual([
      'a.yaml:5:1  spec.external: required: relay is never changed by Homeostat, only observed; expected external: true',
    ])
  })

  it.each([
    'drift: { mode: warn }',
    'rollback: { auto: false }',
    'rollout: { maxParallel: 2 }',
    'retry: { attempts: 3 }',
  ])('leaves no use for %s', (field) => {
    const name = field.split(':')[0]
    const { issues } = readOne(`external: true, ${field}`)
    expect(issues).toHaveLength(1)
    expect(issues[0]).toContain(`spec.${name}: has no effect with external: true`)
  })
})
