// What the files that a plan changes say now, as unified diffs without secrets.
import type { PlannedFile } from './cli/composition.ts'
import type { Driver } from './driver/driver.ts'
import { showFiles } from './driver/systemd/show-files.ts'
import type { Diff } from './model/diff.ts'
import type { HostObservation } from './model/observation.ts'
import type { FileResource } from './model/resource.ts'
import { refersToSecret } from './model/secret-reference.ts'
import type { Target } from './model/target.ts'
import { sha256 } from './plan/canonical.ts'
import { unifiedDiff } from './plan/unified-diff.ts'
import type { Redactor } from './telemetry/redactor.ts'
import type { Transport } from './transport/transport.ts'

export interface FileTools {
  driver: Driver
  transport: Transport
  redactor: Redactor
  signal: AbortSignal
}

const HIDDEN = 'what it says now is not shown: not everybody on the host may read it, and it is not what was put there'
const WITH_SECRETS = 'not shown: there are secrets in it'
/** More of one file says nothing to a reader. */
const SHOWN_CHARACTERS = 20_000

/** The contents that `diff` changes or removes, in its order. Throws `TransportError`. */
export async function planFiles(
  component: string,
  diff: Diff,
  target: Target | undefined,
  seen: HostObservation,
  tools: FileTools,
): Promise<PlannedFile[]> {
  const files = (target?.resources ?? []).filter((it) => it.kind === 'file')
  const paths = diff.changes.flatMap(({ resource, action, fields }) => {
    const isContent = action !== 'update' || fields.some(({ field }) => field === 'content')
    return resource.startsWith('file:') && isContent ? [resource.slice('file:'.length)] : []
  })
  const there = paths.filter((path) => seen.files[path]?.state === 'file')
  const now = await contentsNow(component, there, seen, tools)
  return paths.map((path) => {
    const next = files.find((file) => file.path === path)
    return compare(path, { now: there.includes(path) ? (now.get(path) ?? null) : '', next, redactor: tools.redactor })
  })
}

function compare(
  path: string,
  { now, next, redactor }: { now: string | null; next: FileResource | undefined; redactor: Redactor },
): PlannedFile {
  if (next !== undefined && refersToSecret(next.content)) return { path, hidden: WITH_SECRETS }
  if (now === null) return { path, hidden: HIDDEN }
  const diff = redactor.scrub(unifiedDiff(now, next?.content ?? ''))
  return { path, diff: diff.length > SHOWN_CHARACTERS ? `${diff.slice(0, SHOWN_CHARACTERS)}\n…\n` : diff }
}

/** What we put there and is there still; of the rest, what everybody may read. */
async function contentsNow(
  component: string,
  paths: string[],
  seen: HostObservation,
  { driver, transport, signal }: FileTools,
): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map()
  const kept = seen.components[component] === undefined ? [] : await driver.recall(transport, component, { signal })
  const ours = new Map<string, string>()
  for (const file of kept.flatMap(({ target }) => target.resources))
    if (file.kind === 'file' && !refersToSecret(file.content) && isThere(file, seen)) ours.set(file.path, file.content)
  const others = await showFiles(
    transport,
    paths.filter((path) => !ours.has(path)),
    { signal },
  )
  return new Map([...ours, ...others])
}

function isThere({ path, content }: FileResource, seen: HostObservation): boolean {
  const fact = seen.files[path]
  return fact?.state === 'file' && fact.sha256 === sha256(content)
}
