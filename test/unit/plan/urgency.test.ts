// Who goes first where several could.
import { expect, it } from 'vitest'
import { byUrgency } from '../../../src/plan/urgency.ts'

const needing = (name: string, ...dependsOn: string[]) => ({
  name,
  policy: { dependsOn: dependsOn.map((component) => ({ component, soft: false })) },
})
const order = (...components: ReturnType<typeof needing>[]) => byUrgency(components).map(({ name }) => name)

it('puts first what the longest line waits for, and leaves the rest as it is', () => {
  const stack = [
    needing('alertmanager', 'firewall'),
    needing('alloy', 'loki'),
    needing('caddy'),
    needing('firewall'),
    needing('loki', 'firewall'),
    needing('node-exporter'),
    needing('prometheus', 'alertmanager', 'node-exporter'),
  ]
  expect(order(...stack)).toEqual(['firewall', 'alertmanager', 'loki', 'node-exporter', 'alloy', 'caddy', 'prometheus'])
})

it('counts a line and not how many wait at once', () => {
  const many = Array.from({ length: 9 }, (_, at) => needing(`leaf-${at}`, 'broad'))
  expect(
    order(...many, needing('broad'), needing('deep'), needing('a', 'deep'), needing('b', 'a')).slice(0, 2),
  ).toEqual(['deep', 'broad'])
})

it('ends where they wait in a circle, or for what is not there', () => {
  expect(order(needing('a', 'b'), needing('b', 'a'), needing('c', 'gone'))).toHaveLength(3)
})
