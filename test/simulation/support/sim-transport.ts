// Connections to simulated hosts: they name a host and do nothing else, since the simulated driver needs no more.
import { type Transport, TransportError } from '../../../src/transport/transport.ts'
import { coverage } from './coverage.ts'
import { never } from './faults.ts'
import type { Life } from './sim-driver.ts'
import type { SimWorld } from './sim-world.ts'

type SimTransport = Transport & { host: string; isFresh: boolean }

/** What the controller connects by. */
export function connectorOf(world: SimWorld, life: Life): (spec: { name: string }) => Transport {
  return ({ name }) => transportTo(name, false, () => connectAnew(world, life, name))
}

export function hostOf(transport: Transport): string {
  return (transport as SimTransport).host
}

/** Whether it was opened for what is done over it. */
export function isFresh(transport: Transport): boolean {
  return (transport as SimTransport).isFresh
}

export function lost(host: string, sent: boolean): TransportError {
  return new TransportError(sent ? 'lost' : 'unreachable', host, `${host} does not answer`, { sent })
}

async function connectAnew(world: SimWorld, life: Life, host: string): Promise<Transport> {
  const fails = await life.at('connect anew before')
  await world.clock.sleep(20)
  if (!life.alive()) return never()
  const isDropped = world.chance(world.rates.dropFresh)
  if (isDropped) coverage.hit('no new connection')
  if (fails || isDropped || !world.answers(host) || world.host(host).says('BAD:cutoff')) throw lost(host, false)
  if (await life.at('connect anew after')) throw lost(host, false)
  return transportTo(host, true, () => Promise.reject(lost(host, false)))
}

function transportTo(host: string, isNew: boolean, fresh: () => Promise<Transport>): SimTransport {
  const unused = () => Promise.reject(new Error('the simulated driver does not use the transport'))
  const calls = { run: unused, script: unused, connect: unused, fresh, close: async () => undefined }
  return { host, isFresh: isNew, ...calls } as SimTransport
}
