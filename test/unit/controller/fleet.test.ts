// Connections to hosts: which are kept, and which are closed.
import { expect, it } from 'vitest'
import { Fleet } from '../../../src/controller/fleet.ts'
import { Statuses } from '../../../src/controller/statuses.ts'
import type { HostSpec } from '../../../src/model/host.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'
import { hostNamed, observationOf } from '../../support/observations.ts'

/** A fleet whose connections only note when they are opened and closed. */
function fleetOf(named = ['a', 'b']) {
  const log: string[] = []
  const store = createMemoryStore()
  const unused = () => Promise.reject(new Error('not used here'))
  const connect = ({ name, address }: HostSpec) => {
    log.push(`open ${name} ${address}`)
    const close = async () => void log.push(`close ${name} ${address}`)
    const prepare = () => void log.push(`prepare ${name}`)
    return { prepare, run: unused, script: unused, connect: unused, fresh: unused, close }
  }
  const fleet = new Fleet(
    {
      clock: new SimClock(() => 0.5),
      store,
      driver: {
        observe: async (_, host) => observationOf({ host }),
        prepare: () => undefined,
        operate: unused,
        confirm: unused,
        holdOff: () => Promise.reject(new Error('not in this test')),
        recall: unused,
        inspect: unused,
        mendRecord: unused,
        read: async () => new Map(),
        trace: async () => ({ deeds: [], contents: new Map() }),
        watch: unused,
      },
      prober: unused,
      connect,
      onObserved: () => undefined,
      onConnection: ({ name, reachable }) => log.push(`${name} is ${reachable ? 'there' : 'silent'}`),
      onGone: (host) => log.push(`gone ${host}`),
      onProblem: (error) => log.push(`problem ${error.message}`),
    },
    {
      wishes: () => ({
        wishes: new Map(),
        hosts: Object.fromEntries(named.map((name) => [name, hostNamed(name)])),
        issues: [],
        broken: [],
        written: () => undefined,
      }),
      statuses: new Statuses(store),
      foreseen: () => [],
      changed: () => undefined,
      missed: () => undefined,
      connected: () => undefined,
      stopping: new AbortController().signal,
    },
  )
  return { fleet, log }
}

it('closes the connection of a host that nobody names any more, and opens a new one when it is named again', () => {
  const { fleet, log } = fleetOf()
  const [a, b] = [hostNamed('a'), hostNamed('b')]
  const first = fleet.transportFor(a)
  fleet.transportFor(b)
  fleet.keepOnly({ a, b })
  expect(log).toEqual(['open a 192.0.2.1', 'open b 192.0.2.1'])
  fleet.keepOnly({ b })
  expect(log.slice(2)).toEqual(['close a 192.0.2.1', 'gone a'])
  expect(fleet.transportFor(a)).not.toBe(first)
  expect(log.slice(4)).toEqual(['open a 192.0.2.1'])
})

it('replaces the connection of a host that is described differently', () => {
  const { fleet, log } = fleetOf()
  fleet.transportFor(hostNamed('a'))
  fleet.transportFor({ ...hostNamed('a'), address: '192.0.2.9' })
  expect(log).toEqual(['open a 192.0.2.1', 'close a 192.0.2.1', 'open a 192.0.2.9'])
})

it('does not call a host silent that it has hung up on', () => {
  const { fleet, log } = fleetOf(['b'])
  for (const name of ['a', 'b']) fleet.observer.failed(hostNamed(name), new Error('the connection was closed'))
  expect(log).toEqual(['b is silent'])
})

it('begins to connect to hosts that are about to be looked at, and to no more than are looked at at once', () => {
  const { fleet, log } = fleetOf()
  const hosts = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`h${at}`, hostNamed(`h${at}`)]))
  fleet.prepare(hosts)
  const prepared = log.filter((line) => line.startsWith('prepare '))
  expect(prepared).toHaveLength(32)
  expect(prepared[0]).toBe('prepare h0')
})
