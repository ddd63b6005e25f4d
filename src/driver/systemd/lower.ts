// Operation → the ordered steps that carry it out on a host, and the files that they need. Pure; the functions that the steps
// call are those of `scripts/`. The order is the design: records before touching, checks before going live, results last.
import type { Operation } from '../../model/operation.ts'
import { type FileResource, type Resource, type ResourceId, resourceId } from '../../model/resource.ts'
import type { Target } from '../../model/target.ts'
import { canonicalJson } from '../../plan/canonical.ts'
import { checkerAt, digestOfChecks, hasChecker } from './checks.ts'
import { lowerPostgres } from './lower-postgres.ts'
import { lowerUnits } from './lower-units.ts'
import { manifestText } from './manifest.ts'
import { STATE } from './names.ts'
import { JOIN, originKey, type Step } from './step.ts'
import type { Upload } from './upload.ts'

export interface Lowered {
  /** What needs nothing of this host but what was sent, and changes nothing: it begins while the operation is staged. */
  early: Step[]
  /** The name under which its host knows whether that passed a moment ago; absent: it cannot know. */
  passedAs?: string
  /** The token is on disk, and the host may be changed from here on. */
  accept: Step
  steps: Step[]
  /** By path within the operation's own directory. */
  uploads: Upload[]
}

/**
 * The operation must be without `operationProblems`. `kept` is its target as the host keeps it, with tokens where the operation
 * has the values of secrets.
 */
export function lower(operation: Operation, kept: Target | undefined = operation.target): Lowered {
  const resources = operation.target?.resources ?? []
  const changed = changedIds(operation, ['create', 'update'])
  const removed = changedIds(operation, ['remove'])
  const isChanged = (resource: Resource) => changed.has(resourceId(resource))
  const files = resources.filter((resource) => resource.kind === 'file')
  const put = files.filter(isChanged)
  const units = lowerUnits(operation, { changed, removed })
  const postgres = lowerPostgres(resources, { changed, removed })
  const [sources, others] = [put.filter(isPackageSource), put.filter((file) => !isPackageSource(file))]
  const before = [
    ...postgres.leaves,
    ...units.stops,
    ...readySteps('put package sources live', sources),
    ...liveSteps('put package sources live', sources),
    ...packageSteps(resources, isChanged),
    ...resources.filter(isChanged).flatMap(userSteps),
    ...batch('make directories', 'make_directories', resources.filter(isChanged).map(directoryWords)),
  ]
  const checks = put.length === 0 ? [] : checkSteps(operation, files)
  // One begins before the token is looked at. What a second one waits for may fail, and that counts only with the token.
  const early = before.length === 0 ? checks.slice(0, 1) : []
  const draft = draftSteps(operation, removed)
  const steps = [
    ...batch('note what was there before', 'remember', resources.map(ownedWords)),
    ...before,
    ...checks.slice(early.length),
    ...readySteps('put files live', others),
    ...(checks.length === 0 ? [] : [...flushSteps('put files live', others), JOIN]),
    ...units.forgets,
    ...liveSteps('put files live', others),
    ...removalSteps(removed),
    ...units.reloads,
    ...draft.map(aside),
    ...endSteps(operation, removed, [...units.starts, ...postgres.puts]),
  ]
  // Whatever is checked finds the component's other files in their places, as they are meant to be.
  const root = (checks.length === 0 ? put : files).map((file) => uploadOf(file, operation))
  const manifest = manifestText(operation)
  const target =
    kept === undefined
      ? []
      : [
          { path: 'kept/target.json', content: `${canonicalJson(kept)}\n` },
          { path: 'kept/manifest', content: manifest },
        ]
  const passedAs = early.length > 0 && operation.restore === undefined ? digestOfChecks(files) : undefined
  return {
    early,
    ...(passedAs === undefined ? {} : { passedAs }),
    accept: ACCEPT,
    steps,
    uploads: [...root, ...postgres.uploads, ...target],
  }
}

const ACCEPT: Step = { name: 'check the token', argv: ['accept_fence'] }

function uploadOf(file: FileResource, { restore }: Operation): Upload {
  const path = `root${file.path}`
  const digest = restore?.files[file.path]
  if (restore === undefined || digest === undefined) return { path, content: file.content }
  return { path, kept: { generation: restore.generation, digest } }
}

function changedIds(operation: Operation, actions: string[]): Set<ResourceId> {
  return new Set(
    operation.diff.changes.filter((change) => actions.includes(change.action)).map((change) => change.resource),
  )
}

/** One step for many things, or none for nothing. */
function batch(name: string, command: string, words: string[][]): Step[] {
  const argv = words.flat()
  return argv.length === 0 ? [] : [{ name, argv: [command, ...argv] }]
}

function readySteps(name: string, files: FileResource[]): Step[] {
  return batch(name, 'make_ready', files.map(accessWords))
}

/** What was written for them is on disk. */
function flushSteps(name: string, files: FileResource[]): Step[] {
  return files.length === 0 ? [] : [{ name, argv: ['flush'] }]
}

function aside(step: Step): Step {
  return { ...step, isAside: true }
}

function liveSteps(name: string, files: FileResource[]): Step[] {
  return files.length === 0 ? [] : [{ name, argv: ['put_live'] }]
}

function ownedWords(resource: Resource): string[] {
  const id = resourceId(resource)
  return [resource.kind, originKey(id), id.slice(resource.kind.length + 1)]
}

function packageSteps(resources: Resource[], isChanged: (resource: Resource) => boolean): Step[] {
  const packages = resources.filter((resource) => resource.kind === 'package').filter(isChanged)
  if (packages.length === 0) return []
  const units = resources.filter((resource) => resource.kind === 'unit').map((unit) => unit.name)
  const names = packages.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`))
  const origins = packages.flatMap(({ name, origin }) => (origin === undefined ? [] : [name, origin]))
  return [
    ...(origins.length === 0 ? [] : [{ name: 'see where packages come from', argv: ['expect_origins', ...origins] }]),
    { name: `install ${names.join(' ')}`, argv: ['install_packages', ...units, '--', ...names] },
  ]
}

/** Where packages come from has to be known before they are installed. */
function isPackageSource({ path }: FileResource): boolean {
  return path.startsWith('/etc/apt/')
}

function userSteps(resource: Resource): Step[] {
  if (resource.kind !== 'user') return []
  const { name, home, groups } = resource
  return [{ name: `make user ${name}`, argv: ['make_user', name, home, groups.join(',')] }]
}

function directoryWords(resource: Resource): string[] {
  return resource.kind === 'directory' ? accessWords(resource) : []
}

function accessWords({ path, owner, group, mode }: Extract<Resource, { path: string }>): string[] {
  return [path, owner, group, mode.toString(8).padStart(4, '0')]
}

/** Checkers of unchanged files run too: what they check may lie in a file that changes. */
function checkSteps(operation: Operation, files: FileResource[]): Step[] {
  return files.filter(hasChecker).map((file): Step => {
    const argv = checkerAt(`${STATE}/ops/${operation.id}/root`, file)
    return { name: `validate ${resourceId(file)}`, argv: ['validate', ...argv], isAside: true }
  })
}

/** Users stay: what they own must not fall to whoever gets their number next. */
function removalSteps(removed: Set<ResourceId>): Step[] {
  const of = (kind: string) =>
    [...removed]
      .filter((id) => id.startsWith(`${kind}:`))
      .sort()
      .reverse()
      .map((id) => [originKey(id), id.slice(kind.length + 1)])
  return [
    ...batch('take back files', 'restore_files', of('file')),
    ...batch('take back directories', 'restore_directories', of('directory')),
    ...batch('take back packages', 'restore_packages', of('package')),
  ]
}

/** What its host may have to bring back is forgotten when it has not to any more: scripts/hold-off.sh. */
function isForgotten({ kind, fallback }: Operation): boolean {
  return kind === 'remove' && fallback === undefined
}

/** What is to be recorded, on disk beside the record. */
function draftSteps(operation: Operation, removed: Set<ResourceId>): Step[] {
  if (isForgotten(operation)) return []
  const { target, reject } = operation
  const argv = ['draft_record', target?.revision ?? '', reject ?? '', ...removed]
  return [{ name: 'record the generation', argv }]
}

/** What was drafted becomes true when everything is up. */
function endSteps(operation: Operation, removed: Set<ResourceId>, starts: Step[]): Step[] {
  if (isForgotten(operation)) return [...starts, { name: 'forget the component', argv: ['forget_component'] }]
  const settle = { name: 'record the generation', argv: ['settle', ...[...removed].map(originKey)] }
  const note = aside({ name: 'note what was loaded', argv: ['note_loaded'] })
  const isUp = starts.some(({ argv }) => argv[0] === 'bring_up')
  return [...starts, ...(isUp ? [note, settle, JOIN] : [JOIN, settle])]
}
