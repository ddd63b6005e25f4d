// What a file will hold, where the host itself has it. Pure.
import type { Operation } from '../../model/operation.ts'
import type { FileResource } from '../../model/resource.ts'
import type { Target } from '../../model/target.ts'
import { sha256 } from '../../plan/canonical.ts'

/** SHA-256 in lower-case hex; of a file that the host itself keeps nobody here needs to know the content. */
export function contentDigest(file: FileResource, { restore }: Pick<Operation, 'restore'>): string {
  return restore?.files[file.path] ?? sha256(file.content)
}

/** The target without the content of what the host keeps: nothing of that is sent, and no secret in it has to be had. */
export function withoutKept({ target, restore }: Pick<Operation, 'target' | 'restore'>): Target | undefined {
  if (target === undefined || restore === undefined) return target
  const resources = target.resources.map((resource) =>
    resource.kind === 'file' && restore.files[resource.path] !== undefined ? { ...resource, content: '' } : resource,
  )
  return { ...target, resources }
}
