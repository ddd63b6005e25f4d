// A unit against what was seen of it: enablement, activity, and whether its process runs what is on disk.
import type { Change } from '../model/diff.ts'
import { effectKey, type HostObservation, type UnitFact } from '../model/observation.ts'
import { type ResourceId, resourceId, type UnitResource } from '../model/resource.ts'
import { loadedDigest, NOT_TAKEN_IN } from './loaded-digest.ts'

type Fields = Change['fields']

interface Around {
  /** Resources that this diff changes anyway. */
  changed: Set<ResourceId>
  /** Those of which a process that has read them before has to read again. */
  rewritten: Set<ResourceId>
  /** Files that may differ: a process need not run what is in them. */
  loose: ReadonlySet<ResourceId>
  /** Whether it runs, and is enabled, is left to others; it still takes in what we change. */
  isLeft: boolean
}

/** States in which systemd counts a unit as up or on its way up; a crash loop is for the probes to find. */
const UP = new Set(['active', 'reloading', 'activating', 'refreshing'])
/** Enabled by hand, by another unit, or without an [Install] section: nothing to enable (man systemctl, is-enabled). */
const COUNTS_AS_ENABLED = new Set([
  'enabled',
  'enabled-runtime',
  'static',
  'indirect',
  'alias',
  'generated',
  'transient',
])

export function diffUnit(wanted: UnitResource, seen: HostObservation, around: Around): Change[] {
  const fact = seen.units[wanted.name]
  const id = resourceId(wanted)
  if (fact === undefined || fact.load === 'not-found') {
    const fields = [{ field: 'state', from: 'absent', to: wanted.running ? 'running' : 'stopped' }]
    return [{ resource: id, action: 'create', fields }]
  }
  const fields = around.isLeft ? [] : compareState(wanted, fact)
  if (!wanted.running || !UP.has(fact.active))
    return fields.length === 0 ? [] : [{ resource: id, action: 'update', fields }]
  const refresh = refreshNeeded(wanted, fact, seen, around) ?? effectLost(wanted, seen)
  if (refresh !== undefined) return [{ resource: id, action: refresh.action, fields: [...fields, refresh.field] }]
  return fields.length === 0 ? [] : [{ resource: id, action: 'update', fields }]
}

function compareState(wanted: UnitResource, fact: UnitFact): Fields {
  const fields: Fields = []
  if (fact.load === 'masked') fields.push({ field: 'mask', from: 'masked', to: 'unmasked' })
  if (fact.needsDaemonReload) fields.push({ field: 'definition', from: 'changed on disk', to: 'read by systemd' })
  const enabled = COUNTS_AS_ENABLED.has(fact.enabled)
  if (wanted.enabled && !enabled) fields.push({ field: 'enabled', from: fact.enabled || 'disabled', to: 'enabled' })
  if (!wanted.enabled && fact.enabled === 'enabled') fields.push({ field: 'enabled', from: 'enabled', to: 'disabled' })
  if (wanted.running && !UP.has(fact.active)) fields.push({ field: 'active', from: fact.active, to: 'active' })
  if (!wanted.running && UP.has(fact.active)) fields.push({ field: 'active', from: fact.active, to: 'inactive' })
  return fields
}

type Refresh = { action: 'restart' | 'reload'; field: Fields[number] }

function refreshNeeded(
  wanted: UnitResource,
  fact: UnitFact,
  seen: HostObservation,
  around: Around,
): Refresh | undefined {
  const field = { field: 'running configuration', from: 'older than the files', to: 'the files' }
  // Started by somebody else, it may have found a file that it could not read.
  const changed = isOurs(fact) ? around.rewritten : around.changed
  if (wanted.restartOn.some((id) => changed.has(id))) return { action: 'restart', field }
  // Some programs keep half of what they failed to take in (Caddy 2.6 goes on answering with it): only a new process has none of it.
  const refresh = isOurs(fact) && fact.loaded?.digest === NOT_TAKEN_IN ? 'restart' : 'reload'
  if (wanted.reloadOn.some((id) => changed.has(id))) return { action: refresh, field }
  if (!isStale(wanted, fact, seen, around)) return undefined
  // Which of the watched files the process missed cannot be told from one digest: a restart reads all of them.
  const action =
    wanted.restartOn.some((id) => !around.loose.has(id) && changedAfter(id, fact, seen)) || wanted.reloadOn.length === 0
      ? 'restart'
      : 'reload'
  return { action, field }
}

/** What it did is undone; a reload does it again without undoing the rest first. */
function effectLost({ effect, reloadOn }: UnitResource, { lost = {} }: HostObservation): Refresh | undefined {
  const said = effect === undefined ? undefined : lost[effectKey(effect)]
  if (said === undefined) return undefined
  return { action: reloadOn.length > 0 ? 'reload' : 'restart', field: { field: 'effect', from: said, to: 'in force' } }
}

/**
 * Whether the process runs something older than the files. Where the last start or reload was ours, the recorded digest
 * decides, to the byte; where somebody else (re)started or reloaded it, or changed one that may differ, a file that changed later
 * than that does.
 */
function isStale(wanted: UnitResource, fact: UnitFact, seen: HostObservation, { loose }: Around): boolean {
  const watched = [...wanted.restartOn, ...wanted.reloadOn]
  if (watched.length === 0) return false
  const strict = watched.filter((id) => !loose.has(id))
  if (isOurs(fact)) {
    if (fact.loaded?.digest === digestOnDisk(watched, seen)) return false
    if (strict.length === watched.length || fact.loaded?.digest === NOT_TAKEN_IN) return true
  }
  return strict.some((id) => changedAfter(id, fact, seen))
}

/** Whether we did its last start or reload. */
function isOurs({ loaded, invocationId, stateChangedAtMs }: UnitFact): boolean {
  return loaded?.invocationId === invocationId && loaded.stateChangedAtMs === stateChangedAtMs
}

function digestOnDisk(watched: ResourceId[], seen: HostObservation): string {
  return loadedDigest(
    watched.map((id) => {
      const path = id.slice('file:'.length)
      const fact = seen.files[path]
      return { path, sha256: fact?.state === 'file' ? fact.sha256 : '' }
    }),
  )
}

/**
 * File times are those of the kernel's last tick, unit times are exact: a file changed just after a start bears a time from just
 * before it. In doubt it was after, which costs one restart; the other way a process would stay stale for ever.
 */
function changedAfter(id: ResourceId, fact: UnitFact, seen: HostObservation): boolean {
  const file = seen.files[id.slice('file:'.length)]
  return file?.state === 'file' && file.changedAtMs + CLOCK_TICK_MS > fact.stateChangedAtMs
}

/** The longest tick that Linux is built with: CONFIG_HZ=100. */
const CLOCK_TICK_MS = 10
