// A proof that a component works. Probes are data, part of the target; `src/probe` runs them.
import type { ComponentKey } from './key.ts'

interface ProbeBase {
  /** Unique within the component; shown to people. */
  name: string
  /** Deadline of one attempt, in milliseconds. */
  timeoutMs: number
  /** Other components on their hosts without which it cannot pass, whatever this one does. Absent: none. */
  needs?: ComponentKey[]
}

/** The unit is active, its restart counter does not move, and its invocation stays the same over the soak. */
export interface SystemdProbe extends ProbeBase {
  kind: 'systemd'
  unit: string
}

/** An HTTP request sent from the host's own point of view (through the SSH connection), without following redirects. */
export interface HttpProbe extends ProbeBase {
  kind: 'http'
  /** As seen from the host; usually 127.0.0.1. */
  address: string
  port: number
  path: string
  headers?: Record<string, string>
  /** Speak TLS; without it plain HTTP. */
  tls?: TlsExpectation
  expect: {
    /** Accepted status codes. */
    status: number[] | 'any'
    /** Each dotted path (`data.0.health`) must exist in the JSON body and equal the value. */
    json?: { path: string; equals: string | number | boolean }[]
    /** Regular expression (JavaScript, multiline) that the body must match. */
    body?: string
    /** Regular expression that the Location of a redirect must match. */
    location?: string
    /** What statuses that are not accepted mean here, in words. */
    otherwise?: { status: number[]; message: string; certain: boolean }[]
  }
}

export interface TlsExpectation {
  /** For SNI, the certificate and, unless `headers` say otherwise, Host. */
  serverName: string
  /** Who may have signed the certificate: the public authorities, one whose certificates lie in a file of the host, or anybody. */
  trust: 'public' | { caFile: string } | { anybodyBecause: string }
}

export interface TcpProbe extends ProbeBase {
  kind: 'tcp'
  address: string
  port: number
  /** Regular expression that what the server says first must match, as SMTP and SSH servers do. */
  greeting?: string
}

/** A DNS server answers for every name with exactly these addresses, in any order; asked over TCP. */
export interface DnsProbe extends ProbeBase {
  kind: 'dns'
  address: string
  port: number
  expect: { name: string; addresses: string[] }[]
}

/** A command run on the host; passes on exit 0 and, where given, a matching standard output. */
export interface CommandProbe extends ProbeBase {
  kind: 'command'
  argv: string[]
  /** Regular expression that standard output must match. */
  stdout?: string
}

/** An instant query; for every entry there must be a sample with at least these labels, and all such must have the value. */
export interface PromqlProbe extends ProbeBase {
  kind: 'promql'
  address: string
  port: number
  query: string
  expect: { labels: Record<string, string>; value: number }[]
}

/** Prometheus scrapes every expected target: present, up, no error, and scraped after the last change of the component. */
export interface PrometheusTargetsProbe extends ProbeBase {
  kind: 'prometheus-targets'
  address: string
  port: number
  expect: { job: string; instance: string }[]
}

/** Prometheus has these groups of rules, and no rule of any group failed when it was judged last. */
export interface PrometheusRulesProbe extends ProbeBase {
  kind: 'prometheus-rules'
  address: string
  port: number
  /** Names. */
  groups: string[]
}

/** A marked line that is pushed to Loki, or written to the host's journal, can be read from Loki. */
export interface LogRoundTripProbe extends ProbeBase {
  kind: 'log-round-trip'
  /** Of Loki, as seen from the host. */
  address: string
  port: number
  through: 'push' | 'journal'
  /** What the line is pushed under, and what it is looked for under. */
  labels: Record<string, string>
}

export type Probe =
  | SystemdProbe
  | HttpProbe
  | TcpProbe
  | DnsProbe
  | CommandProbe
  | PromqlProbe
  | PrometheusTargetsProbe
  | PrometheusRulesProbe
  | LogRoundTripProbe

/** What one attempt at one probe found. */
export interface ProbeResult {
  name: string
  passed: boolean
  /** True where waiting cannot help: the unit is failed, the answer is definite. */
  certain: boolean
  /** One sentence for a person, with the evidence: what was asked, where, what came back. Bounded to 500 characters. */
  message: string
}
