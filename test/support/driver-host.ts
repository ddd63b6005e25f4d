// A lab host as the tests of the driver use it: the real driver over real SSH, with the plan that a controller would make.
import { systemdDriver } from '../../src/driver/systemd/driver.ts'
import type { Lab } from '../../src/lab/lab.ts'
import type { Diff } from '../../src/model/diff.ts'
import type { HostObservation } from '../../src/model/observation.ts'
import type { Operation } from '../../src/model/operation.ts'
import type { FileResource, Resource, UnitResource } from '../../src/model/resource.ts'
import type { Target } from '../../src/model/target.ts'
import { buildTarget } from '../../src/plan/build-target.ts'
import { diffTarget } from '../../src/plan/diff.ts'
import { sshTransport } from '../../src/transport/ssh.ts'

export const driver = systemdDriver({ sender: { name: 'a test', keeper: 'a1'.repeat(32) } })
let operations = 0

export function target(component: string, resources: Resource[]): Target {
  return buildTarget({ component, host: 'lab', type: 'custom' }, { resources, probes: [] })
}

export function file(path: string, content: string, more: Partial<FileResource> = {}): FileResource {
  return { kind: 'file', path, content, owner: 'root', group: 'root', mode: 0o644, ...more }
}

export function unit(name: string, more: Partial<UnitResource> = {}): UnitResource {
  return { kind: 'unit', name, enabled: true, running: true, restartOn: [], reloadOn: [], ...more }
}

/** Everything that one host offers the tests; `keepaliveMs` sets how soon a cut connection is noticed. */
export function driverHost(lab: Lab, name: string, { keepaliveMs = 5_000 } = {}) {
  const address = lab.hosts.find((host) => host.name === name)?.address
  if (address === undefined) throw new Error(`the lab has no host ${name}`)
  const ssh = { user: 'root', port: 22, hostKeys: [], sudo: false }
  const spec = { name, address, platform: 'debian', connection: 'ssh', ssh, labels: {} } as const
  const transport = sshTransport(
    { ...spec, ssh: { ...ssh, hostKeys: [], identityFile: lab.identityFile, knownHostsFile: lab.knownHostsFile } },
    { keepaliveIntervalMs: keepaliveMs },
  )

  /** Looks at everything that the targets name. */
  const see = (targets: Target[], operationIds: string[] = []): Promise<HostObservation> => {
    const resources = targets.flatMap((one) => one.resources)
    const names = (kind: string) => resources.flatMap((one) => (one.kind === kind && 'name' in one ? [one.name] : []))
    const wanted = {
      paths: resources.flatMap((one) => ('path' in one ? [one.path] : [])),
      units: names('unit'),
      packages: names('package'),
      users: names('user'),
      operationIds,
    }
    return driver.observe(transport, name, wanted, { nowMs: Date.now() })
  }

  const difference = async (wanted: Target): Promise<Diff> => {
    const seen = await see([wanted])
    return diffTarget(wanted, seen, seen.components[wanted.component]?.owned ?? [])
  }

  /** What a controller would send now; `more` overrides. */
  const operation = async (wanted: Target, more: Partial<Operation> = {}): Promise<Operation> => {
    const seen = await see([wanted])
    const record = seen.components[wanted.component]
    operations += 1
    return {
      id: `test-${process.pid}-${operations}`,
      kind: 'apply',
      cause: 'spec',
      component: wanted.component,
      host: name,
      fence: seen.fence + 1,
      generation: (record?.generation ?? 0) + 1,
      target: more.kind === 'remove' ? undefined : wanted,
      diff: diffTarget(more.kind === 'remove' ? undefined : wanted, seen, record?.owned ?? []),
      timeoutMs: 60_000,
      ...more,
    }
  }

  const apply = async (wanted: Target, more: Partial<Operation> = {}) =>
    driver.operate(transport, await operation(wanted, more), {})

  return { name, transport, see, difference, operation, apply, shell: (script: string) => lab.shell(name, script) }
}

export type DriverHost = ReturnType<typeof driverHost>
