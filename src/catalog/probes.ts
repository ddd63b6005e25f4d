// Short ways to write probes, so that a component type reads as a list of proofs. Every attempt has five seconds.
import type { ComponentKey } from '../model/key.ts'
import type {
  DnsProbe,
  HttpProbe,
  LogRoundTripProbe,
  Probe,
  PrometheusRulesProbe,
  PrometheusTargetsProbe,
  PromqlProbe,
  SystemdProbe,
  TcpProbe,
} from '../model/probe.ts'

const TIMEOUT_MS = 5_000

/** Where a service is reached from its own host. */
export interface Endpoint {
  address: string
  port: number
}

/** The unit is active and stays the same process. */
export function unitActive(unit: string): SystemdProbe {
  return { kind: 'systemd', name: `unit ${unit}`, unit, timeoutMs: TIMEOUT_MS }
}

/** A GET answers 200, and where asked for, with that content. */
export function httpAnswers(
  name: string,
  at: Endpoint,
  path: string,
  content: Pick<HttpProbe['expect'], 'json' | 'body'> = {},
): HttpProbe {
  return { kind: 'http', name, ...at, path, expect: { status: [200], ...content }, timeoutMs: TIMEOUT_MS }
}

/** A page in Prometheus' text format has exactly this sample, for instance `node_textfile_scrape_error 0`. */
export function metricIs(name: string, at: Endpoint, sample: string, path = '/metrics'): HttpProbe {
  return httpAnswers(name, at, path, { body: `^${escapePattern(sample)}$` })
}

/** What a server says first matches. */
export function greets(name: string, at: Endpoint, greeting: string): TcpProbe {
  return { kind: 'tcp', name, ...at, greeting, timeoutMs: TIMEOUT_MS }
}

/** A DNS server has exactly these addresses for these names. */
export function namesAre(name: string, at: Endpoint, expect: DnsProbe['expect']): DnsProbe {
  return { kind: 'dns', name, ...at, expect, timeoutMs: TIMEOUT_MS }
}

/** Every expected target is scraped and up, and Prometheus lists it under the labels we gave it. */
export function targetsUp(at: Endpoint, expect: PrometheusTargetsProbe['expect']): PrometheusTargetsProbe {
  return { kind: 'prometheus-targets', name: 'scrape targets', ...at, expect, timeoutMs: TIMEOUT_MS }
}

/** Prometheus has these groups of rules, and none of its rules fails. */
export function rulesJudged(at: Endpoint, groups: string[]): PrometheusRulesProbe {
  return { kind: 'prometheus-rules', name: 'rules', ...at, groups, timeoutMs: TIMEOUT_MS }
}

/** An instant query gives these samples. */
export function queryGives(name: string, at: Endpoint, query: string, expect: PromqlProbe['expect']): PromqlProbe {
  return { kind: 'promql', name, ...at, query, expect, timeoutMs: TIMEOUT_MS }
}

/** A line that goes in comes out again. Through the journal it passes a shipper, which collects lines for a second or more. */
export function logRoundTrip(
  name: string,
  at: Endpoint,
  how: Pick<LogRoundTripProbe, 'through' | 'labels'>,
): LogRoundTripProbe {
  const timeoutMs = how.through === 'push' ? TIMEOUT_MS : 3 * TIMEOUT_MS
  return { kind: 'log-round-trip', name, ...at, ...how, timeoutMs }
}

/** The same proof, which cannot be had without these others. */
export function needing<One extends Probe>(probe: One, others: ComponentKey[]): One {
  const needs = [...new Set(others)].sort()
  return needs.length === 0 ? probe : { ...probe, needs }
}

/** The text as a regular expression that matches just it. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
