// Resources and targets with as little as a test of `plan` has to say.
import type { FileResource, Resource, UnitResource } from '../../../src/model/resource.ts'
import type { Target } from '../../../src/model/target.ts'
import { buildTarget } from '../../../src/plan/build-target.ts'

export const CONFIG = '/etc/x.conf'
export const FLAGS = '/etc/default/x'

export function file(path: string, content: string, differs: Partial<FileResource> = {}): FileResource {
  return { kind: 'file', path, content, owner: 'root', group: 'root', mode: 0o644, ...differs }
}

/** `x.service`, enabled and running, restarted for its flags and reloaded for its configuration. */
export function unit(differs: Partial<UnitResource> = {}): UnitResource {
  const watches = { restartOn: [`file:${FLAGS}`], reloadOn: [`file:${CONFIG}`] }
  return { kind: 'unit', name: 'x.service', enabled: true, running: true, ...watches, ...differs }
}

export function targetOf(...resources: Resource[]): Target {
  return buildTarget({ component: 'x', host: 'a', type: 'custom' }, { resources, probes: [] })
}
