// The unit steps of an operation: what stops first, whose note of loaded files is torn up, what is read again, what starts. Pure.
import type { Change } from '../../model/diff.ts'
import type { Operation } from '../../model/operation.ts'
import { type FileResource, type ResourceId, resourceId, type UnitResource } from '../../model/resource.ts'
import { isAccessOnly } from '../../plan/diff.ts'
import { loadedDigest } from '../../plan/loaded-digest.ts'
import { contentDigest } from './content-digest.ts'
import { originKey, type Step } from './step.ts'

export interface UnitSteps {
  /** Before files and packages of removed units go. */
  stops: Step[]
  /** Before any watched file changes. */
  forgets: Step[]
  /** After files changed, before anything starts. */
  reloads: Step[]
  starts: Step[]
}

type Ids = { changed: Set<ResourceId>; removed: Set<ResourceId> }

/** Where systemd reads unit files and drop-ins (man systemd.unit). */
const UNIT_FILES = /^file:\/(etc|run|usr\/lib|lib|usr\/local\/lib)\/systemd\/system\//

export function lowerUnits(operation: Operation, ids: Ids): UnitSteps {
  const resources = operation.target?.resources ?? []
  const units = resources.filter((resource) => resource.kind === 'unit')
  const files = resources.filter((resource) => resource.kind === 'file')
  const touched = [...ids.changed, ...ids.removed]
  const readers = units.filter((unit) => isReadAnew(unit, operation, touched))
  const gone = touched
    .filter((id) => ids.removed.has(id) && id.startsWith('unit:'))
    .map((id) => id.slice('unit:'.length))
  // systemd takes long to read its files anew: where that is done anyway, it finds what is enabled, too.
  const isForced = touched.some((id) => UNIT_FILES.test(id)) || gone.length > 0
  const enables = units.flatMap((unit) => enableSteps(unit, operation, isForced))
  return {
    stops: gone.map((unit) => ({
      name: `stop ${unit}`,
      argv: ['stop_removed', originKey(`unit:${unit}`), unit],
    })),
    forgets:
      readers.length === 0
        ? []
        : [{ name: 'forget what was loaded', argv: ['forget_loaded', ...readers.map(({ name }) => name)] }],
    reloads: [...(isForced ? enables : []), ...reloadSteps(operation, units, isForced)],
    starts: [
      ...(isForced ? [] : enables),
      ...units.flatMap((unit) => startSteps(unit, operation, ids, files)),
      ...gone.map((unit) => ({
        name: `take back ${unit}`,
        argv: ['restore_unit', originKey(`unit:${unit}`), unit],
      })),
    ],
  }
}

/** Whether the note of what the unit has loaded would no longer be true: not for files that only get their access back. */
function isReadAnew(unit: UnitResource, { diff }: Operation, touched: ResourceId[]): boolean {
  const kept = new Set(diff.changes.filter(isAccessOnly).map(({ resource }) => resource))
  if (diff.changes.some(({ resource }) => resource === resourceId(unit))) kept.clear()
  return watched(unit).some((id) => touched.includes(id) && !kept.has(id))
}

function watched(unit: UnitResource): ResourceId[] {
  return [...unit.restartOn, ...unit.reloadOn]
}

/** An operation that was killed before its reload leaves units that say so themselves; hence the look at the target's units. */
function reloadSteps(operation: Operation, units: UnitResource[], isForced: boolean): Step[] {
  const isNeeded =
    isForced ||
    operation.diff.changes.some((change) => change.resource.startsWith('unit:') && isMoreThanRefresh(change))
  if (!isNeeded) return []
  return [
    { name: 'reload systemd', argv: ['reload_manager', isForced ? 'yes' : 'no', ...units.map(({ name }) => name)] },
  ]
}

/** `isReadAfter`: systemd reads its files after this. */
function enableSteps(unit: UnitResource, { diff }: Operation, isReadAfter: boolean): Step[] {
  const change = diff.changes.find(({ resource }) => resource === resourceId(unit))
  if (change === undefined || !isMoreThanRefresh(change)) return []
  const name = `${unit.enabled ? 'enable' : 'disable'} ${unit.name}`
  const words = [unit.name, unit.enabled ? 'yes' : 'no', ...(isReadAfter ? ['--no-reload'] : [])]
  return [{ name, argv: ['set_enabled', ...words] }]
}

function startSteps(unit: UnitResource, operation: Operation, ids: Ids, files: FileResource[]): Step[] {
  const change = operation.diff.changes.find(({ resource }) => resource === resourceId(unit))
  const verb = chooseVerb(unit, change?.action, new Set([...ids.changed, ...ids.removed]))
  if (verb === undefined) return []
  const wasUp = change?.action !== 'create' && change?.action !== 'update'
  return [verbStep(unit, verb, { files, operation, wasUp })]
}

/** A restart or reload for one reason alone: enablement, mask and definition are as they should be. */
function isMoreThanRefresh({ action, fields }: Change): boolean {
  return (action !== 'restart' && action !== 'reload') || fields.length > 1
}

type Verb = 'start' | 'restart' | 'reload' | 'stop'

function chooseVerb(unit: UnitResource, action: string | undefined, touched: Set<ResourceId>): Verb | undefined {
  // The difference says of every process whether it needs something; that a file it reads is put back is not enough.
  if (action === undefined) return undefined
  if (!unit.running) return 'stop'
  if (action === 'restart' || unit.restartOn.some((id) => touched.has(id))) return 'restart'
  if (action === 'reload' || unit.reloadOn.some((id) => touched.has(id))) return 'reload'
  return 'start'
}

interface Starting {
  files: FileResource[]
  operation: Operation
  wasUp: boolean
}

/** What was not up when it was looked at may be by now, with what lay there before: it is restarted, and that is its start. */
function verbStep(unit: UnitResource, verb: Verb, { files, operation, wasUp }: Starting): Step {
  const name = `${verb === 'stop' || wasUp ? verb : 'start'} ${unit.name}`
  return verb === 'stop'
    ? { name, argv: ['stop_unit', unit.name] }
    : { name, argv: ['bring_up', unit.name, verb, digestOf(unit, files, operation)] }
}

/** The same digest that `src/plan` computes over what it sees on disk, here over what will be there. */
function digestOf(unit: UnitResource, files: FileResource[], operation: Operation): string {
  return loadedDigest(
    watched(unit).map((id) => {
      const file = files.find((candidate) => resourceId(candidate) === id)
      return { path: id.slice('file:'.length), sha256: file === undefined ? '' : contentDigest(file, operation) }
    }),
  )
}
