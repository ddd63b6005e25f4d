// What the simulated components are made of, and the desired state that names them.
import { z } from 'zod'
import { defineType, type Peer, RenderError } from '../../../src/catalog/define-type.ts'
import type { DesiredState } from '../../../src/model/desired.ts'
import type { HostSpec } from '../../../src/model/host.ts'
import { componentKey } from '../../../src/model/key.ts'
import type { Policy } from '../../../src/model/policy.ts'
import type { Probe } from '../../../src/model/probe.ts'
import { refersToSecret } from '../../../src/model/secret-reference.ts'

export interface SimComponent {
  hosts: string[]
  /**
   * What its file says; `BAD:render`, `BAD:validate`, `BAD:start`, `BAD:dies` and `BAD:probe` break it in that way, `BAD:cutoff`
   * keeps new connections from its host, `BAD:firewall` all, `LASTING` makes it irreversible. Without a proven `GUARD` its host lets
   * nobody in any more, `ASKS` probes the component before it by name.
   */
  content: string
  enabled: boolean
  dependsOn: string[]
  /** Where it is not as with all others. */
  policy?: Partial<Policy>
}

/** A component type for the simulation: a package, a configuration file, a unit that must be restarted for it. */
export const simType = defineType({
  type: 'sim',
  summary: 'a simulated component',
  options: z.strictObject({ content: z.string() }),
  minHealthyMs: 10_000,
  render: ({ content }, { component, peers }) => {
    if (content.includes('BAD:render')) throw new RenderError('it cannot be rendered', 'spec.options.content')
    const lasting = content.includes('LASTING') ? { irreversible: 'it moves the data' } : {}
    return {
      resources: [
        { kind: 'package', name: component },
        {
          kind: 'file',
          path: `/etc/${component}.conf`,
          content,
          owner: 'root',
          group: 'root',
          mode: refersToSecret(content) ? 0o640 : 0o644,
          ...lasting,
        },
        {
          kind: 'unit',
          name: `${component}.service`,
          enabled: true,
          running: true,
          restartOn: [`file:/etc/${component}.conf`],
          reloadOn: [],
        },
      ],
      probes: [
        { kind: 'systemd', name: 'active', unit: `${component}.service`, timeoutMs: 5_000 },
        ...(content.includes('ASKS') ? asking(peers.filter(({ name }) => name < component)) : []),
      ],
    }
  },
})

/** Whether the last of these runs on its first host: the name of the probe says so to the simulated prober. */
function asking(peers: Peer[]): Probe[] {
  const peer = peers.at(-1)
  const on = peer?.hosts[0]?.name
  if (peer === undefined || on === undefined) return []
  const key = componentKey(peer.name, on)
  return [{ kind: 'tcp', name: `asks ${key}`, address: on, port: 1, timeoutMs: 5_000, needs: [key] }]
}

const policy: Policy = {
  minHealthyMs: 10_000,
  verifyDeadlineMs: 60_000,
  maxAttempts: 2,
  drift: 'correct',
  autoRollback: true,
  dependsOn: [],
  rollout: { maxParallel: 1 },
}

export function desiredState(
  hosts: Iterable<string>,
  components: Map<string, SimComponent>,
  broken: string[],
): DesiredState {
  const specs = [...components].map(([name, it]) => {
    const dependsOn = it.dependsOn.map((component) => ({ component, soft: false }))
    const place = { labels: {}, external: false, probes: [], file: 'sim.yaml', line: 1 }
    const options = { content: it.content }
    const spec = {
      name,
      type: 'sim',
      enabled: it.enabled,
      hosts: it.hosts,
      options,
      policy: { ...policy, ...it.policy, dependsOn },
    }
    return [name, { ...spec, ...place }] as const
  })
  return {
    hosts: Object.fromEntries([...hosts].map((name) => [name, hostSpec(name)])),
    components: Object.fromEntries(specs),
    manifest: undefined,
    files: {},
    issues: [],
    broken,
  }
}

function hostSpec(name: string): HostSpec {
  const ssh = { user: 'root', port: 22, hostKeys: [], sudo: false }
  return { name, address: '127.0.0.1', platform: 'debian', connection: 'ssh', ssh, labels: {} }
}
