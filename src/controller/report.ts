// Where the passes' telemetry goes: log, metrics, and whoever listens. One line per state change, none for a quiet pass.
import { stateName } from '../../machines/advance.ts'
import type { Issue } from '../model/issue.ts'
import { splitKey } from '../model/key.ts'
import type { HostObservation } from '../model/observation.ts'
import type { Cause, Operation } from '../model/operation.ts'
import type { Event } from '../model/status.ts'
import type { HostRow } from '../store/store.ts'
import type { Bus } from '../telemetry/events.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics, OperationOutcome } from '../telemetry/metrics.ts'
import type { ControllerReport } from './controller-options.ts'
import type { Desire } from './desire.ts'
import type { Status } from './statuses.ts'
import type { Report } from './tools.ts'

export interface ReportTools {
  log: Logger
  metrics: Metrics
  bus: Bus
}

export function createReport({ log, metrics, bus }: ReportTools): Report & ControllerReport {
  return {
    transition: (_, after, events) => {
      metrics.component(after)
      bus.emit({ kind: 'status', status: after })
      for (const event of events) {
        logEvent(log, event, after)
        bus.emit({ kind: 'event', event })
      }
    },
    forgotten: ({ key }) => {
      metrics.forgetComponent(key)
      bus.emit({ kind: 'forgotten', key })
    },
    operation: (kind, cause, outcome) =>
      metrics.operation(kind as Operation['kind'], cause as Cause, outcome as OperationOutcome),
    driftFound: (key, via, ageMs) => {
      metrics.drift(key, 'found')
      if (ageMs !== undefined) metrics.driftDetected(via, ageMs)
    },
    driftCorrected: (key) => metrics.drift(key, 'corrected'),
    passed: (key, durationMs, error) => {
      metrics.reconciled(error === undefined ? 'succeeded' : 'failed', durationMs)
      if (error === undefined) log.debug({ key, durationMs }, 'pass')
      else log.error({ key, durationMs, err: error }, 'pass failed; it is tried again')
    },
    desired: (desire, issues) => logDesired(log, desire, issues),
    queue: (depth) => metrics.queueDepth(depth),
    clockSet: (byMs) =>
      log.warn(
        { seconds: Math.round(byMs / 1000) },
        'the clock of this machine was set; what waits goes on waiting as long',
      ),
    strangers: (host, components) =>
      log.info(
        { host, components },
        'left alone: another controller put these components there, and nothing here names them',
      ),
    frozen: (isFrozen, event) => {
      metrics.fleetFrozen(isFrozen)
      if (isFrozen) log.warn({ reason: event.reason, message: event.message }, 'fleet')
      else log.info({ reason: event.reason, message: event.message }, 'fleet')
      bus.emit({ kind: 'event', event })
    },
    problem: (error, doing) => log.error({ err: error, doing }, 'could not be done'),
  }
}

function logEvent(log: Logger, event: Event, status: Status): void {
  const { host, component } = event.key === undefined ? { host: event.host, component: '' } : splitKey(event.key)
  const keys = { component, host, state: stateName(status.lifecycle), reason: event.reason, message: event.message }
  const known = {
    ...(event.cause && { cause: event.cause }),
    ...(event.revision && { revision: event.revision.slice(0, 8) }),
  }
  if (event.type === 'Warning') log.warn({ ...keys, ...known }, 'component')
  else log.info({ ...keys, ...known }, 'component')
}

function logDesired(log: Logger, desire: Desire, issues: Issue[]): void {
  log.info(
    { components: desire.wishes.size, hosts: Object.keys(desire.hosts).length, problems: issues.length },
    'desired state read',
  )
  for (const issue of issues.slice(0, ISSUES_LOGGED)) {
    const at = `${issue.file}:${issue.line}:${issue.column}`
    log.warn(
      { at, path: issue.path, problem: issue.message, suggestion: issue.suggestion },
      'problem in the desired state',
    )
  }
}

const ISSUES_LOGGED = 20

/** For the fleet: how hosts answer. */
export function createHostReport({ log, metrics, bus }: ReportTools) {
  const told = new Map<string, string>()
  return {
    onObserved: (host: string, { startedAtMs, damaged }: HostObservation) => {
      metrics.hostObserved(host, startedAtMs)
      const found = damaged.map(({ path, what }) => `${path}: ${what}`).join('; ')
      if (found !== (told.get(host) ?? '') && found !== '')
        log.warn({ host, damaged: found }, 'our records are damaged')
      told.set(host, found)
    },
    onConnection: (row: HostRow) => {
      metrics.hostReachable(row.name, row.reachable)
      if (row.reachable) log.info({ host: row.name }, 'host answers')
      else log.warn({ host: row.name, message: row.message }, 'host does not answer')
      bus.emit({ kind: 'host', host: row })
    },
    onGone: (host: string) => metrics.forgetHost(host),
    onProblem: (error: Error, doing: string) => log.error({ err: error, doing }, 'could not be done'),
  }
}
