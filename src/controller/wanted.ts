// What to look at on a host: the union over everything that is wanted there, was proven there, or is ours there.

import { splitKey } from '../model/key.ts'
import { effectKey, type HostObservation, type Wanted } from '../model/observation.ts'
import type { Resource, ResourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import type { Desire } from './desire.ts'
import type { Statuses } from './statuses.ts'

/**
 * `lastSeen` names what the host itself says we own there, which a lost store has forgotten; `foreseen` are targets that may be
 * asked for in a moment.
 */
export function wantedOn(
  host: string,
  desire: Desire,
  statuses: Statuses,
  lastSeen: HostObservation | undefined,
  foreseen: Target[] = [],
): Wanted {
  const onHost = statuses.onHost(host)
  const wished = [...desire.wishes].flatMap(([key, wish]) =>
    splitKey(key).host === host && wish.kind === 'deploy' ? [wish.target] : [],
  )
  const targets = [...wished, ...foreseen, ...onHost.flatMap((status) => statuses.cachedTargets(status))]
  const resources = targets.flatMap((target) => target.resources)
  const probed = targets.flatMap(({ probes }) =>
    probes.flatMap((probe) => (probe.kind === 'systemd' ? [probe.unit] : [])),
  )
  const owned = Object.values(lastSeen?.components ?? {}).flatMap((record) => record.owned)
  const names = namesByKind(resources, owned)
  const postgres = { roles: sorted(names('postgres-role')), databases: sorted(names('postgres-database')) }
  const effects = effectsOf(resources)
  return {
    paths: sorted([...names('file'), ...names('directory')]),
    units: sorted([...names('unit'), ...probed]),
    ...(effects.length === 0 ? {} : { effects }),
    packages: sorted(names('package')),
    origins: sorted(resources.flatMap((it) => (it.kind === 'package' && it.origin !== undefined ? [it.name] : []))),
    users: sorted(names('user')),
    ...(postgres.roles.length + postgres.databases.length === 0 ? {} : { postgres }),
    operationIds: sorted(onHost.flatMap((status) => (status.intent === undefined ? [] : [status.intent.operationId]))),
  }
}

function namesByKind(resources: Resource[], owned: ResourceId[]): (kind: Resource['kind']) => string[] {
  return (kind) => [
    ...resources.flatMap((resource) =>
      resource.kind === kind ? ['path' in resource ? resource.path : resource.name] : [],
    ),
    ...owned.flatMap((id) => (id.startsWith(`${kind}:`) ? [id.slice(kind.length + 1)] : [])),
  ]
}

function effectsOf(resources: Resource[]): string[][] {
  const commands = resources.flatMap((it) => (it.kind === 'unit' && it.effect !== undefined ? [it.effect] : []))
  return [...new Map(commands.map((argv) => [effectKey(argv), argv])).values()]
}

function sorted(names: string[]): string[] {
  return [...new Set(names)].sort()
}
