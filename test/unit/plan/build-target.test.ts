// From what a renderer gives to a target with one revision.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Resource, resourceId } from '../../../src/model/resource.ts'
import { buildTarget, TargetError } from '../../../src/plan/build-target.ts'
import { file, targetOf, unit } from './given.ts'

const resources: Resource[] = [
  { kind: 'postgres-database', name: 'x', owner: 'x', connect: [] },
  { kind: 'postgres-role', name: 'x', memberOf: [] },
  { kind: 'package', name: 'b' },
  { kind: 'package', name: 'a' },
  { kind: 'user', name: 'x', home: '/', groups: [] },
  { kind: 'directory', path: '/srv/x', owner: 'x', group: 'x', mode: 0o750 },
  file('/etc/b', ''),
  file('/etc/a', ''),
  unit(),
]

describe('a target', () => {
  it('has its resources in the order in which they are brought about', () => {
    expect(targetOf(...resources).resources.map(resourceId)).toEqual([
      'package:a',
      'package:b',
      'user:x',
      'directory:/srv/x',
      'file:/etc/a',
      'file:/etc/b',
      'unit:x.service',
      'postgres-role:x',
      'postgres-database:x',
    ])
  })

  it('is the same whatever the order in which the renderer gave its resources', () => {
    const revision = targetOf(...resources).revision
    const shuffled = fc.shuffledSubarray(resources, { minLength: resources.length })
    fc.assert(
      fc.property(shuffled, (given) => {
        expect(targetOf(...given).revision).toBe(revision)
      }),
    )
  })

  it('has another revision when anything in it is another: content, mode, probe, type', () => {
    const probe = { kind: 'systemd' as const, name: 'active', unit: 'x.service', timeoutMs: 5_000 }
    const given = { resources: [file('/etc/a', '1')], probes: [] }
    const of = { component: 'x', host: 'a', type: 'custom' }
    const revisions = [
      buildTarget(of, given),
      buildTarget({ ...of, type: 'other' }, given),
      buildTarget(of, { ...given, probes: [probe] }),
      buildTarget(of, { ...given, probes: [{ ...probe, timeoutMs: 6_000 }] }),
      targetOf(file('/etc/a', '2')),
      targetOf(file('/etc/a', '1', { mode: 0o600 })),
    ].map(({ revision }) => revision)
    expect(new Set(revisions).size).toBe(revisions.length)
  })

  it('has the same revision on every host, so that hosts can be compared', () => {
    const given = { resources, probes: [] }
    const on = (host: string) => buildTarget({ component: 'x', host, type: 'custom' }, given).revision
    expect(on('a')).toBe(on('b'))
  })

  it('refuses what claims one thing twice, and names it', () => {
    expect(() => targetOf(file('/etc/a', '1'), file('/etc/a', '2'))).toThrow(TargetError)
    expect(() => targetOf(file('/etc/a', '1'), file('/etc/a', '2'))).toThrow(/file:\/etc\/a occurs twice/)
    const probe = { kind: 'tcp' as const, name: 'port', address: '127.0.0.1', port: 1, timeoutMs: 1 }
    const of = { component: 'x', host: 'a', type: 'custom' }
    expect(() => buildTarget(of, { resources: [], probes: [probe, probe] })).toThrow(/probe port occurs twice/)
  })
})
