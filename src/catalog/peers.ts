// Who else is in the desired state: what one component may know of another.
import type { z } from 'zod'
import type { HostSpec } from '../model/host.ts'
import type { ComponentType, RenderContext } from './define-type.ts'

/** One component of a type on one host. */
export interface Instance<Options> {
  component: string
  host: HostSpec
  options: Options
}

/** Every enabled instance of a type, by component and then by host. */
export function instancesOf<Schema extends z.ZodType>(
  { type, options }: Pick<ComponentType<Schema>, 'type' | 'options'>,
  { peers }: RenderContext,
): Instance<z.output<Schema>>[] {
  return peers
    .filter((peer) => peer.enabled && peer.type === type)
    .flatMap((peer) => {
      const parsed = options.parse(peer.options)
      return peer.hosts.map((host) => ({ component: peer.name, host, options: parsed }))
    })
}

/** Whether an enabled component of that type is meant for the host. */
export function runsOn(type: string, { name }: HostSpec, { peers }: RenderContext): boolean {
  return peers.some((peer) => peer.enabled && peer.type === type && peer.hosts.some((host) => host.name === name))
}

/** The one that a component on this host turns to: its own host's, else the first. */
export function nearest<One extends { host: HostSpec }>(all: One[], { name }: HostSpec): One | undefined {
  return all.find(({ host }) => host.name === name) ?? all[0]
}
