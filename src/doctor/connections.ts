// Whether hosts that need each other reach each other, each tried from where it is needed.
import type { HostFinding } from './finding.ts'
import type { HostLook, TriedConnection } from './look.ts'

export function connections({ connections }: HostLook): HostFinding[] {
  // One place that several components need is told of once.
  const places = Map.groupBy(connections, ({ address, port }) => `${address}:${port}`)
  return [...places].flatMap(([place, tried]) => {
    const [first] = tried
    if (first?.problem === undefined) return []
    const who = tried.map(({ component }) => component).join(', ')
    return [{ component: who, message: `${place} on ${first.to} ${saying(first.problem)}`, next: nextFor(first) }]
  })
}

type Problem = NonNullable<TriedConnection['problem']>

function saying({ kind, message }: Problem): string {
  if (kind === 'refused' && /prohibited|unreachable|No route/i.test(message)) return `cannot be reached: ${message}`
  if (kind === 'refused' && /resol|not known/i.test(message)) return `is not found: ${message}`
  if (kind === 'refused') return 'refuses connections: nothing listens there'
  return kind === 'timeout' ? 'does not answer' : `cannot be tried: ${message}`
}

function nextFor({ to, problem }: TriedConnection): string {
  if (problem?.kind === 'privilege') return 'sshd on the host has to allow TCP forwarding (docs/ssh.md)'
  if (problem?.kind === 'timeout') return `a firewall or a route between the two? nft list ruleset on ${to}`
  return `is what should listen there well? homeostat get components --host ${to}`
}
