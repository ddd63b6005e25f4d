// What going back takes from the host's own copies, and whether that is enough.
import type { KeptGeneration } from '../model/observation.ts'
import type { Operation, Restore } from '../model/operation.ts'
import { type Resource, resourceId } from '../model/resource.ts'
import { type Reveal, refersToSecret } from '../model/secret-reference.ts'
import type { Target } from '../model/target.ts'
import { sha256 } from './canonical.ts'
import { secretText } from './secret-text.ts'

/** What of a target comes from its host; `kept` is null where the host keeps nothing of it. Undefined: nothing. */
export function restoreOf(target: Target | undefined, kept: KeptGeneration | null | undefined): Restore | undefined {
  if (target === undefined || !kept || kept.revision !== target.revision) return undefined
  const files = target.resources.flatMap((resource) => {
    const digest = resource.kind === 'file' ? kept.files[resource.path] : undefined
    if (resource.kind !== 'file' || digest === undefined) return []
    // What a secret was when the copy was made only the host knows; of the rest we know better.
    const isIt = refersToSecret(resource.content) || digest === sha256(resource.content)
    return isIt ? [[resource.path, digest] as const] : []
  })
  return { generation: kept.generation, files: Object.fromEntries(files) }
}

/** The target without the content of what the host keeps: nothing of that is sent, and no secret in it has to be had. */
export function withoutKept({ target, restore }: Pick<Operation, 'target' | 'restore'>): Target | undefined {
  if (target === undefined || restore === undefined) return target
  const resources = target.resources.map((resource) =>
    isKept(resource, restore) ? { ...resource, content: '' } : resource,
  )
  return { ...target, resources }
}

function isKept(resource: Resource, restore: Restore): boolean {
  return resource.kind === 'file' && restore.files[resource.path] !== undefined
}

/** Why the target cannot be brought back as it was: a secret of it was changed since, and the host's copy is not what it was. */
export function damageOf(target: Target, kept: KeptGeneration | null, reveal: Reveal): string | undefined {
  const restore = restoreOf(target, kept)
  const rest = withoutKept({ target, ...(restore === undefined ? {} : { restore }) }) ?? target
  for (const resource of rest.resources) {
    const revealed = reveal(secretText(resource) ?? '')
    if (!('isGone' in revealed)) continue
    const copy = kept === null ? 'the host keeps no copy of it' : copyOf(resource, kept)
    return `${resourceId(resource)} cannot be brought back as it was: ${copy}, and ${revealed.problem}`
  }
  return undefined
}

function copyOf(resource: Resource, kept: KeptGeneration): string {
  const isDamaged = resource.kind === 'file' && kept.damaged.includes(resource.path)
  return isDamaged
    ? `its copy in generation ${kept.generation} on the host is gone or damaged`
    : `generation ${kept.generation} on the host keeps no copy of it`
}
