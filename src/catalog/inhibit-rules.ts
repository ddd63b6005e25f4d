// Which alerts silence which others, out of the graph of hosts and components: a person hears of the cause, and not of all that
// follows from it. By the labels `host` and `component` that every target of ours and every metric of Homeostat has.
import type { Dependency } from '../model/policy.ts'
import type { Peer, RenderContext } from './define-type.ts'

export interface InhibitRule {
  source_matchers: string[]
  target_matchers: string[]
  /** Labels that both have to agree in. */
  equal?: string[]
}

/** Alerts by which a component is known to be down: nobody answers, or Homeostat has given it up. */
const DOWN = 'alertname=~"ServiceDown|ComponentFailed"'

/** Of a host with all that runs there, and of every component with what needs it to be healthy, as `dependsOn` says. */
export function inhibitRules({ peers }: Pick<RenderContext, 'peers'>): InhibitRule[] {
  return [
    { source_matchers: ['alertname="HostDown"'], target_matchers: ['alertname!="HostDown"'], equal: ['host'] },
    {
      // Whoever cannot log on knows nothing of what runs there; what Prometheus knows of it counts all the same.
      source_matchers: ['alertname="HostUnreachable"'],
      target_matchers: ['alertname!="HostUnreachable"', 'job="homeostat"'],
      equal: ['host'],
    },
    ...peers.flatMap((peer) => peer.dependsOn.flatMap((need) => ofDependency(peer, need, peers))),
  ]
}

/** Of a component on several hosts, the one on the same host counts: that one of many is away does not excuse everybody. */
function ofDependency({ name }: Peer, { component, soft, sameHost }: Dependency, peers: Peer[]): InhibitRule[] {
  const needed = peers.find((peer) => peer.name === component)
  if (soft || needed === undefined) return []
  const rule = {
    source_matchers: [DOWN, `component=${JSON.stringify(component)}`],
    target_matchers: [`component=${JSON.stringify(name)}`],
  }
  return [needed.hosts.length === 1 && !sameHost ? rule : { ...rule, equal: ['host'] }]
}
