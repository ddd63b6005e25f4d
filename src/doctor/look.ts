// What was seen of every host: the facts that checks judge, and nothing decided yet.
import type { ProbeResult } from '../model/probe.ts'
import type { Attempts } from '../probe/alertmanager-api.ts'
import type { TransportErrorKind } from '../transport/transport.ts'
import type { HostFacts } from './host-facts.ts'
import type { Connection } from './needs.ts'

export interface HostLook {
  host: string
  address: string
  /** Why nothing, or no more, could be seen; `other` where the host answers in a way that is not understood. */
  missed?: { kind: TransportErrorKind | 'other'; message: string }
  facts?: HostFacts
  /** By how much the host's clock is ahead of ours, in milliseconds, and how exactly that is known. */
  clock?: { aheadMs: number; withinMs: number }
  components: ComponentLook[]
  connections: TriedConnection[]
}

export interface ComponentLook {
  component: string
  /** Why it cannot be rendered; then it was not probed. */
  held?: string
  results: ProbeResult[]
  /** The last thing that it said of its own failing within ten minutes, where a probe failed. */
  said?: string
  /** Of Alertmanager: how many receivers it has, what it has tried since it was started, and what failed last within ten minutes. */
  notifications?: { receivers: number; attempts: Record<string, Attempts>; failures: string[] }
}

export interface TriedConnection extends Connection {
  /** Absent: it came about. */
  problem?: { kind: TransportErrorKind; message: string }
}
