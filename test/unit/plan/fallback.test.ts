// The way back from a change: everything that it touches, nothing else, and in the opposite sense.
import { describe, expect, test } from 'vitest'
import type { Change } from '../../../src/model/diff.ts'
import type { Operation } from '../../../src/model/operation.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { fallbackOf } from '../../../src/plan/fallback.ts'

const access = { owner: 'root', group: 'root', mode: 0o644 }
const file = (path: string, content: string): Resource => ({ kind: 'file', path, content, ...access })
const unit = (restartOn: string[]): Resource => ({
  kind: 'unit',
  name: 'web.service',
  enabled: true,
  running: true,
  restartOn,
  reloadOn: [],
})
const targetOf = (resources: Resource[]) =>
  buildTarget({ component: 'web', host: 'h', type: 'custom' }, { resources, probes: [] })
const change = (resource: string, action: Change['action']): Change => ({
  resource,
  action,
  fields: [{ field: 'state', from: 'one', to: 'two' }],
})

const before = targetOf([file('/a', 'old'), file('/b', 'same'), file('/gone', 'old'), unit(['file:/a'])])
const after = targetOf([file('/a', 'new'), file('/b', 'same'), file('/came', 'new'), unit(['file:/a'])])
const operation: Operation = {
  id: 'web-7-x',
  kind: 'apply',
  cause: 'spec',
  component: 'web',
  host: 'h',
  fence: 7,
  observedFence: 6,
  generation: 4,
  target: after,
  diff: { changes: [change('file:/gone', 'remove'), change('file:/a', 'update'), change('file:/came', 'create')] },
  timeoutMs: 1_000,
}
const owned = ['file:/a', 'file:/b', 'file:/gone', 'unit:web.service']
const actions = (of: Operation | undefined) => of?.diff.changes.map(({ action, resource }) => `${action} ${resource}`)

describe('the way back', () => {
  test('to what was proven undoes each change, and restarts what read a changed file', () => {
    expect(actions(fallbackOf(operation, before, owned))).toEqual([
      'remove file:/came',
      'update file:/a',
      'create file:/gone',
      'restart unit:web.service',
    ])
  })

  test('to nothing takes everything back, also what an earlier attempt left', () => {
    const back = fallbackOf(operation, undefined, ['file:/earlier'])
    expect(actions(back)).toEqual([
      'remove file:/earlier',
      'remove file:/a',
      'remove file:/b',
      'remove file:/came',
      'remove unit:web.service',
    ])
    expect(back?.target).toBeUndefined()
  })

  test('is an operation of its own, which rejects what it takes back and was decided on no look', () => {
    const back = fallbackOf(operation, before, owned)
    expect(back).toMatchObject({ id: 'web-7-x-revert', kind: 'rollback', generation: 5, reject: after.revision })
    expect(back).not.toHaveProperty('observedFence')
  })

  test('leaves a unit alone that nothing of the change concerns, save for a package', () => {
    const other = { ...operation, diff: { changes: [change('file:/b', 'update')] } }
    expect(actions(fallbackOf(other, before, owned))).not.toContain('restart unit:web.service')
    const upgrade = { ...operation, diff: { changes: [change('package:web', 'update')] } }
    expect(actions(fallbackOf(upgrade, before, owned))).toContain('restart unit:web.service')
  })

  test('there is none over what cannot be taken back', () => {
    const came = { ...file('/came', 'new'), irreversible: 'it is read once' }
    const barred = targetOf([...after.resources.filter((it) => it.kind === 'unit'), came])
    expect(fallbackOf({ ...operation, target: barred }, before, owned)).toBeUndefined()
  })

  test('from a removal brings everything back that was proven, rejects nothing, and takes what else was left', () => {
    const gone = ['unit:web.service', 'file:/a', 'file:/b', 'file:/gone', 'file:/new']
    const changes = gone.map((resource) => change(resource, 'remove'))
    const removal = { ...operation, kind: 'remove' as const, target: undefined, diff: { changes } }
    const back = fallbackOf(removal, before, [...owned, 'file:/new'])
    expect(actions(back)).toEqual([
      'remove file:/new',
      'create file:/a',
      'create file:/b',
      'create file:/gone',
      'restart unit:web.service',
    ])
    expect(back).toMatchObject({ kind: 'rollback', generation: 5, target: before })
    expect(back).not.toHaveProperty('reject')
  })

  test('there is none from the removal of what was never proven', () => {
    expect(fallbackOf({ ...operation, kind: 'remove', target: undefined }, undefined, owned)).toBeUndefined()
  })
})
