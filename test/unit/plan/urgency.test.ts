// Who goes first where several could.
import { expect, it } from 'vitest'
import { byUrgency, type Place } from '../../../src/plan/urgency.ts'

type Needs = (string | { component: string; sameHost: true })[]

const place = (
  name: string,
  dependsOn: Needs = [],
  { host = 'a', provenAfterMs = 0, needs = [] }: Partial<Pick<Place, 'host' | 'provenAfterMs' | 'needs'>> = {},
): Place => ({
  name,
  host,
  needs,
  dependsOn: dependsOn.map((it) => ({ soft: false, ...(typeof it === 'string' ? { component: it } : it) })),
  provenAfterMs,
})
const order = (...places: Place[]) =>
  byUrgency(places).map(({ name, host }) => (host === 'a' ? name : `${name}@${host}`))

it('puts first what the longest line waits for, and leaves the rest as it is', () => {
  const stack = [
    place('alertmanager', ['firewall']),
    place('alloy', ['loki']),
    place('caddy'),
    place('firewall'),
    place('loki', ['firewall']),
    place('node-exporter'),
    place('prometheus', ['alertmanager', 'node-exporter']),
  ]
  expect(order(...stack)).toEqual(['firewall', 'alertmanager', 'loki', 'node-exporter', 'alloy', 'caddy', 'prometheus'])
})

it('counts a line and not how many wait at once', () => {
  const many = Array.from({ length: 9 }, (_, at) => place(`leaf-${at}`, ['broad']))
  expect(order(...many, place('broad'), place('deep'), place('a', ['deep']), place('b', ['a'])).slice(0, 2)).toEqual([
    'deep',
    'broad',
  ])
})

it('what takes long to prove goes before longer lines that are quick, and so does what it waits for', () => {
  const prometheus = place('prometheus', ['node-exporter'], { provenAfterMs: 20_000 })
  expect(order(place('loki'), place('alloy', ['loki']), place('node-exporter'), prometheus)).toEqual([
    'node-exporter',
    'prometheus',
    'loki',
    'alloy',
  ])
})

it('what is only waited for on its own host is as urgent there as that, and nowhere else', () => {
  const loki = place('loki', [{ component: 'firewall', sameHost: true }])
  const places = [place('caddy', [], { host: 'b' }), place('firewall', [], { host: 'b' }), place('firewall'), loki]
  expect(order(...places)).toEqual(['firewall', 'caddy@b', 'firewall@b', 'loki'])
})

it('what is waited for on all hosts is as urgent on each', () => {
  const places = [place('x'), place('node', [], { host: 'b' }), place('node'), place('prometheus', ['node'])]
  expect(order(...places)).toEqual(['node@b', 'node', 'x', 'prometheus'])
})

it('what a long proof needs goes first too, also where two need each other, and before it what is needed for that', () => {
  const prometheus = place('prometheus', [], { provenAfterMs: 20_000, needs: ['grafana@a', 'loki@a'] })
  const grafana = place('grafana', ['database'], { needs: ['prometheus@a'] })
  expect(order(place('alloy'), place('database'), grafana, place('loki'), prometheus)).toEqual([
    'database',
    'prometheus',
    'grafana',
    'loki',
    'alloy',
  ])
})

it('is quick for thousands of hosts', () => {
  const hosts = Array.from({ length: 3_000 }, (_, at) => `h${at}`)
  const places = ['x', 'y', 'z'].flatMap((name, at) =>
    hosts.map((host) => place(name, at === 0 ? [] : [at === 1 ? 'x' : 'y'], { host })),
  )
  const before = process.cpuUsage()
  expect(
    byUrgency(places)
      .slice(0, 3_000)
      .every(({ name }) => name === 'x'),
  ).toBe(true)
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000)
})

it('ends where they wait in a circle, or for what is not there', () => {
  expect(order(place('a', ['b']), place('b', ['a']), place('c', ['gone']))).toHaveLength(3)
})
