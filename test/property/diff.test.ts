// The diff against a model of a host: doing what it says leaves nothing to do, and it never speaks of what is not ours.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change, Diff } from '../../src/model/diff.ts'
import type { FileFact, HostObservation, UnitFact } from '../../src/model/observation.ts'
import { type Resource, type ResourceId, resourceId, type UnitResource } from '../../src/model/resource.ts'
import type { Target } from '../../src/model/target.ts'
import { buildTarget } from '../../src/plan/build-target.ts'
import { sha256 } from '../../src/plan/canonical.ts'
import { diffTarget } from '../../src/plan/diff.ts'
import { loadedDigest } from '../../src/plan/loaded-digest.ts'
import { fileWith, observationOf, runningUnit } from '../support/observations.ts'

const NAMES = ['p', 'q', 'r'] as const
const name = fc.constantFrom(...NAMES)
const path = fc.constantFrom('/etc/p', '/etc/q', '/etc/r')
const who = fc.constantFrom('root', 'x')
const mode = fc.constantFrom(0o600, 0o644, 0o755)
const content = fc.constantFrom('', 'a', 'b')
const fileIds = fc.uniqueArray(
  path.map((it) => `file:${it}`),
  { maxLength: 2 },
)

const resource: fc.Arbitrary<Resource> = fc.oneof(
  fc.record({ kind: fc.constant('package' as const), name }),
  fc.record({ kind: fc.constant('package' as const), name, version: fc.constantFrom('1', '2') }),
  fc.record({ kind: fc.constant('user' as const), name, home: path, groups: fc.uniqueArray(name) }),
  fc.record({ kind: fc.constant('directory' as const), path, owner: who, group: who, mode }),
  fc.record({ kind: fc.constant('file' as const), path, content, owner: who, group: who, mode }),
  fc.record({
    kind: fc.constant('unit' as const),
    name: name.map((it) => `${it}.service`),
    enabled: fc.boolean(),
    running: fc.boolean(),
    restartOn: fileIds,
    reloadOn: fileIds,
  }),
)

/** What a place holds is one thing: a directory and a file of one path exclude each other. */
const place = (it: Resource) => ('path' in it ? it.path : resourceId(it))
const target = fc
  .uniqueArray(resource, { selector: place, maxLength: 9 })
  .map((resources) => buildTarget({ component: 'x', host: 'a', type: 'custom' }, { resources, probes: [] }))

const fileFact: fc.Arbitrary<FileFact> = fc.oneof(
  fc.constant<FileFact>({ state: 'absent' }),
  fc.record({ state: fc.constant('directory' as const), owner: who, group: who, mode }),
  fc.constant<FileFact>({ state: 'other', what: 'symbolic link' }),
  fc
    .record({ content, owner: who, group: who, mode, changedAtMs: fc.integer({ min: 0, max: 400 }) })
    .map(({ content, ...access }) => fileWith(content, access)),
)
const unitFact: fc.Arbitrary<UnitFact> = fc
  .record({
    load: fc.constantFrom('loaded', 'masked', 'not-found', 'bad-setting'),
    active: fc.constantFrom('active', 'inactive', 'failed', 'activating', 'reloading'),
    enabled: fc.constantFrom('enabled', 'disabled', 'masked', 'static', ''),
    needsDaemonReload: fc.boolean(),
    stateChangedAtMs: fc.integer({ min: 0, max: 400 }),
    loaded: fc.constantFrom(
      'nothing',
      'old',
      loadedDigest([]),
      loadedDigest([{ path: '/etc/p', sha256: sha256('a') }]),
    ),
  })
  .map(({ loaded, ...fact }) => {
    const { stateChangedAtMs } = fact
    return runningUnit({
      ...fact,
      ...(loaded === 'nothing' ? {} : { loaded: { invocationId: 'run-1', stateChangedAtMs, digest: loaded } }),
    })
  })
const packageFact = fc.oneof(
  fc.constant({ installed: false, version: '' }),
  fc.constantFrom('1', '2').map((version) => ({ installed: true, version })),
  fc.constant({ installed: false, version: '', broken: 'half-configured' }),
)
const userFact = fc.record({ exists: fc.boolean(), home: path, groups: fc.uniqueArray(name) })

const some = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>) => fc.dictionary(key, value, { maxKeys: 3 })
const host: fc.Arbitrary<HostObservation> = fc
  .record({
    files: some(path, fileFact),
    units: some(
      name.map((it) => `${it}.service`),
      unitFact,
    ),
    packages: some(name, packageFact),
    users: some(name, userFact),
  })
  .map((seen) => observationOf(seen))
const owned = fc.uniqueArray(
  fc.oneof(
    fileIds.map(([id]) => id ?? 'file:/etc/p'),
    name.map((it) => `package:${it}`),
    name.map((it) => `unit:${it}.service`),
  ),
)

/** The host after every change was carried out as its words say, at a later time. */
function applied(target: Target, seen: HostObservation, { changes }: Diff): HostObservation {
  const after = structuredClone(seen)
  for (const { resource: id, action } of changes) if (action === 'remove') remove(after, id)
  for (const change of changes) {
    const wanted = target.resources.find((it) => resourceId(it) === change.resource)
    if (wanted !== undefined) put(after, wanted, change)
  }
  return after
}

const LATER_MS = 1_000

function put(host: HostObservation, wanted: Resource, change: Change): void {
  if (wanted.kind === 'package') host.packages[wanted.name] = { installed: true, version: wanted.version ?? '1' }
  if (wanted.kind === 'user') {
    const groups = [wanted.name, ...wanted.groups]
    host.users[wanted.name] = { exists: true, home: wanted.home, groups }
  }
  if (wanted.kind === 'directory')
    host.files[wanted.path] = { state: 'directory', owner: wanted.owner, group: wanted.group, mode: wanted.mode }
  if (wanted.kind === 'file')
    host.files[wanted.path] = fileWith(wanted.content, {
      owner: wanted.owner,
      group: wanted.group,
      mode: wanted.mode,
      changedAtMs: LATER_MS,
    })
  if (wanted.kind === 'unit') host.units[wanted.name] = unitAfter(host, wanted, change)
}

/** Started, restarted or reloaded as an operation does it: after its files, and with a record of what it loaded. */
function unitAfter(host: HostObservation, wanted: UnitResource, { action }: Change): UnitFact {
  const before = host.units[wanted.name]
  const enabled = wanted.enabled ? 'enabled' : 'disabled'
  if (!wanted.running) return runningUnit({ enabled, active: 'inactive', stateChangedAtMs: LATER_MS })
  const isUp = before !== undefined && ['active', 'activating', 'reloading'].includes(before.active)
  if (isUp && action === 'update') return { ...before, load: 'loaded', enabled, needsDaemonReload: false }
  const watched = [...wanted.restartOn, ...wanted.reloadOn].map((id) => id.slice('file:'.length))
  const digest = loadedDigest(
    watched.map((path) => {
      const fact = host.files[path]
      return { path, sha256: fact?.state === 'file' ? fact.sha256 : '' }
    }),
  )
  const loaded = { invocationId: 'run-2', stateChangedAtMs: LATER_MS, digest }
  return runningUnit({ enabled, invocationId: 'run-2', stateChangedAtMs: LATER_MS, loaded })
}

function remove(host: HostObservation, id: ResourceId): void {
  const name = id.slice(id.indexOf(':') + 1)
  // What is there by now may be something else: removing a file takes no directory with it, nor the other way round.
  const isDirectory = host.files[name]?.state === 'directory'
  if (id.startsWith(isDirectory ? 'directory:' : 'file:')) host.files[name] = { state: 'absent' }
  if (id.startsWith('package:')) delete host.packages[name]
  if (id.startsWith('unit:')) delete host.units[name]
}

/** What we own after the operation: as the host records it. */
function ownedAfter(target: Target): ResourceId[] {
  return target.resources.map(resourceId)
}

describe('a diff', () => {
  it('leaves nothing to do once it was done', () => {
    fc.assert(
      fc.property(target, host, owned, fc.boolean(), (target, seen, owned, isKept) => {
        const diff = diffTarget(target, seen, owned, { isKept })
        const after = applied(target, seen, diff)
        expect(diffTarget(target, after, ownedAfter(target), { isKept })).toEqual({ changes: [] })
      }),
      { numRuns: 2_000 },
    )
  })

  it('says the same of the same, and changes neither of what it compares', () => {
    fc.assert(
      fc.property(target, host, owned, (target, seen, owned) => {
        const before = structuredClone([target, seen, owned])
        const diff = diffTarget(target, seen, owned)
        expect(diffTarget(structuredClone(target), structuredClone(seen), [...owned])).toEqual(diff)
        expect([target, seen, owned]).toEqual(before)
      }),
    )
  })

  it('speaks of what is wanted or owned only, once of each, and always says what differs', () => {
    fc.assert(
      fc.property(fc.option(target, { nil: undefined }), host, owned, (target, seen, owned) => {
        const { changes } = diffTarget(target, seen, owned)
        const ours = new Set([...(target?.resources ?? []).map(resourceId), ...owned])
        const ids = changes.map((change) => change.resource)
        expect(ids.filter((id) => !ours.has(id))).toEqual([])
        expect(new Set(ids).size).toBe(ids.length)
        expect(changes.filter((change) => change.fields.length === 0)).toEqual([])
      }),
    )
  })

  it('is only removals without a target', () => {
    fc.assert(
      fc.property(host, owned, (seen, owned) => {
        const { changes } = diffTarget(undefined, seen, owned)
        expect(changes.map(({ action, resource }) => [action, resource])).toEqual(owned.map((id) => ['remove', id]))
      }),
    )
  })
})
