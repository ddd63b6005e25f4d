// Documents that do not fit together: who is held back, at which version, and who is not.
import { describe, expect, it } from 'vitest'
import { component, host, inEffect, lineOf, read } from './given.ts'

const hosts = host('web') + host('db', 'address: 10.0.0.2')
const good = { 'a.yaml': component('a'), 'b.yaml': component('b'), 'hosts.yaml': hosts }

function then(texts: Record<string, string>, before: Record<string, string> = good) {
  return read(texts, read(before).lastGood)
}

describe('a reference that leads nowhere', () => {
  it('holds back its own component only, at its last good version', () => {
    const text =
      component('a', 'hosts: [wbe], options: { port: 1 }') + component('c', 'hosts: [web], options: { port: 2 }')
    const reading = then({ ...good, 'a.yaml': text })
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web', c: '2 on web' })
    expect(reading.desired.issues.map(lineOf)).toEqual([
      'a.yaml:5:30  spec.hosts[0]: there is no Host called "wbe" (did you mean web?)',
    ])
    expect(reading.desired.broken).toEqual(['a.yaml'])
  })

  it('to a host that was taken away keeps the host and the component as they were', () => {
    const reading = then({ ...good, 'hosts.yaml': host('db', 'address: 10.0.0.9') })
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
    expect(reading.desired.hosts.db?.address).toBe('10.0.0.9')
    expect(reading.desired.issues.map(({ file }) => file)).toEqual(['a.yaml', 'b.yaml'])
    expect(reading.desired.broken).toEqual(['a.yaml', 'b.yaml', 'hosts.yaml'])
  })

  it('to a component that was removed keeps both until the reference is gone', () => {
    const before = { ...good, 'b.yaml': component('b', 'hosts: [web], dependsOn: [a]') }
    const { 'a.yaml': _, ...after } = before
    const reading = then(after, before)
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
    expect(reading.desired.broken).toEqual(['a.yaml', 'b.yaml'])
    expect(inEffect(read({ ...after, 'b.yaml': component('b') }, reading.lastGood))).toEqual({ b: '123 on web' })
  })

  it('by labels that no host has any more keeps the hosts that had them', () => {
    const labelled = { 'hosts.yaml': host('web', 'address: 10.0.0.1', 'role: web') + host('db') }
    const before = { ...labelled, 'a.yaml': component('a', 'hosts: { matchLabels: { role: web } }') }
    const reading = then({ ...before, 'hosts.yaml': host('db') }, before)
    expect(inEffect(reading)).toEqual({ a: '123 on web' })
    expect(reading.desired.broken).toEqual(['a.yaml', 'hosts.yaml'])
  })
})

describe('a canary', () => {
  it('has to be one of the hosts of its component', () => {
    const hosts = host('db') + host('web')
    const of = (canary: string) =>
      read({ 'a.yaml': hosts + component('a', `hosts: [web], rollout: { canary: ${canary} }`) }).desired
    expect(of('web').issues).toEqual([])
    expect(of('db').issues.map(lineOf)).toEqual([
      'a.yaml:15:55  spec.rollout.canary: "db" is none of the hosts of this component: web',
    ])
  })
})

describe('a cycle', () => {
  it('that a change closes leaves its members as they were before', () => {
    const a = component('a', 'hosts: [web], dependsOn: [b], options: { port: 1 }')
    const b = component('b', 'hosts: [web], dependsOn: [a], options: { port: 2 }')
    const reading = then({ ...good, 'a.yaml': a, 'b.yaml': b, 'c.yaml': component('c') })
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web', c: '123 on web' })
    expect(reading.desired.issues.map(({ message }) => message)).toEqual([
      'the dependencies lead in a circle: a → b → a',
    ])
  })

  it('that only a last good version closes holds back the newer member', () => {
    const deps = (on: string) => `hosts: [web], dependsOn: [${on}]`
    const before = { ...good, 'a.yaml': component('a', deps('c')), 'c.yaml': component('c') }
    const after = {
      ...good,
      'a.yaml': component('a', deps('b')),
      'b.yaml': component('b', deps('a')),
      'c.yaml': component('c', deps('a')),
    }
    const { desired } = then(after, before)
    const dependencies = Object.values(desired.components).map(({ name, policy }) => [
      name,
      policy.dependsOn.map((it) => it.component),
    ])
    expect(dependencies).toEqual([
      ['a', ['c']],
      ['b', []],
      ['c', []],
    ])
  })

  it('without a version before leaves its members out, and those that need them', () => {
    const deps = (on: string) => `hosts: [web], dependsOn: [${on}]`
    const text = component('x', deps('y')) + component('"y"', deps('x')) + component('z', deps('x')) + component('free')
    expect(inEffect(read({ 'hosts.yaml': hosts, 'a.yaml': text }))).toEqual({ free: '123 on web' })
  })
})

describe('a name used twice', () => {
  it('leaves what had it first as it was', () => {
    const reading = then({ ...good, 'copy.yaml': component('a', 'hosts: [db]') + component('c') })
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web', c: '123 on web' })
    expect(reading.desired.broken).toEqual(['a.yaml', 'copy.yaml'])
  })

  it('counts for nothing when neither was there before', () => {
    const reading = read({ ...good, 'copy.yaml': component('a', 'hosts: [db]') })
    expect(inEffect(reading)).toEqual({ b: '123 on web' })
  })

  it('is no problem when it moves from one file to another', () => {
    const reading = then({ 'new.yaml': component('a'), 'b.yaml': component('b'), 'hosts.yaml': hosts })
    expect(reading.desired).toMatchObject({ issues: [], broken: [] })
    expect(reading.desired.components.a?.file).toBe('new.yaml')
  })
})

describe('the last good text of a file that is partly in effect', () => {
  it('holds the documents that are in effect, so that a later mistake takes none of them back', () => {
    const first = read({ ...good, 'a.yaml': component('a') + component('c', 'hosts: [web], options: { port: 1 }') })
    const partly = component('a', 'hosts: [wbe]') + component('c', 'hosts: [web], options: { port: 2 }')
    const second = read({ ...good, 'a.yaml': partly }, first.lastGood)
    expect(inEffect(second)).toEqual({ a: '123 on web', b: '123 on web', c: '2 on web' })
    const third = read({ ...good, 'a.yaml': `${partly}oops` }, second.lastGood)
    expect(inEffect(third)).toEqual(inEffect(second))
    const restarted = read(third.lastGood)
    expect(inEffect(restarted)).toEqual(inEffect(second))
    expect(restarted.desired.issues).toEqual([])
  })
})
