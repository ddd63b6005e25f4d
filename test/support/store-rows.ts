// Statuses, targets and events as the controller writes them, for tests of the store, the metrics and the server.
import { createHash } from 'node:crypto'
import type { ComponentKey } from '../../src/model/key.ts'
import type { ComponentStatus, Event } from '../../src/model/status.ts'
import type { Target } from '../../src/model/target.ts'
import type { HostRow } from '../../src/store/store.ts'

/** A revision that stands for the text given. */
export function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function statusOf(key: ComponentKey, more: Partial<ComponentStatus> = {}): ComponentStatus {
  return {
    key,
    lifecycle: {
      machineVersion: 1,
      value: { healthy: 'inSync' },
      context: { attempts: 0, revision: revisionOf('good'), deadlineMs: 1_795_000_000_000 },
    },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Healthy',
        message: 'all 4 probes pass',
        lastTransitionTimeMs: 1_795_000_000_000,
        observedRevision: revisionOf('good'),
      },
      {
        type: 'Reachable',
        status: 'True',
        reason: 'Observed',
        message: '',
        lastTransitionTimeMs: 1_795_000_000_000,
      },
    ],
    desired: revisionOf('good'),
    lastGood: revisionOf('good'),
    generation: 3,
    lastDiff: {
      atMs: 1_795_000_000_000,
      cause: 'drift',
      diff: {
        changes: [
          {
            resource: 'unit:prometheus.service',
            action: 'update',
            fields: [{ field: 'active', from: 'inactive', to: 'active' }],
          },
        ],
      },
    },
    lastProbes: [
      { name: 'unit', passed: true, certain: false, message: 'prometheus.service is active' },
      { name: 'ready', passed: true, certain: false, message: 'GET http://127.0.0.1:9090/-/ready: 200' },
    ],
    updatedAtMs: 1_795_000_000_000,
    ...more,
  }
}

export function targetOf(text: string, more: Partial<Target> = {}): Target {
  return {
    component: 'prometheus',
    host: 'monitoring',
    type: 'prometheus',
    revision: revisionOf(text),
    resources: [
      { kind: 'package', name: 'prometheus' },
      {
        kind: 'file',
        path: '/etc/homeostat/prometheus/prometheus.yml',
        content: text,
        owner: 'root',
        group: 'root',
        mode: 0o644,
        validate: ['promtool', 'check', 'config', '{staged}'],
      },
      { kind: 'unit', name: 'prometheus.service', enabled: true, running: true, restartOn: [], reloadOn: [] },
    ],
    probes: [
      { kind: 'systemd', name: 'unit', timeoutMs: 5000, unit: 'prometheus.service' },
      {
        kind: 'http',
        name: 'ready',
        timeoutMs: 5000,
        address: '127.0.0.1',
        port: 9090,
        path: '/-/ready',
        expect: { status: [200], json: [{ path: 'data.0.up', equals: true }] },
      },
      {
        kind: 'http',
        name: 'sign-on',
        timeoutMs: 5000,
        address: '192.0.2.10',
        port: 443,
        path: '/',
        tls: { serverName: 'wiki.example.org', trust: { caFile: '/etc/ssl/wiki-ca.pem' } },
        expect: { status: 'any', location: '^https:', otherwise: [{ status: [200], message: 'open', certain: true }] },
      },
      { kind: 'tcp', name: 'mail', timeoutMs: 5000, address: '192.0.2.19', port: 25, greeting: '^220 ' },
      {
        kind: 'dns',
        name: 'names',
        timeoutMs: 5000,
        address: '192.0.2.13',
        port: 53,
        expect: [{ name: 'wiki.example.org', addresses: ['192.0.2.20'] }],
      },
    ],
    ...more,
  }
}

export function eventOf(reason: string, more: Partial<Event> = {}): Event {
  return { atMs: 1_795_000_000_000, type: 'Normal', reason, message: `${reason} it is`, ...more }
}

export function hostRowOf(name: string, more: Partial<HostRow> = {}): HostRow {
  return {
    name,
    machineId: '9d8c7b6a5f4e3d2c1b0a9d8c7b6a5f4e',
    bootId: '4f1c2f0e-8a55-4d0e-9f43-3d7c6f0a1b2c',
    fence: 0,
    reachable: true,
    message: '',
    sinceMs: 1_795_000_000_000,
    ...more,
  }
}
