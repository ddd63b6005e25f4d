// What a file will hold, where the host itself has it. Pure.
import type { Operation } from '../../model/operation.ts'
import type { FileResource } from '../../model/resource.ts'
import { sha256 } from '../../plan/canonical.ts'

/** SHA-256 in lower-case hex; of a file that the host itself keeps nobody here needs to know the content. */
export function contentDigest(file: FileResource, { restore }: Pick<Operation, 'restore'>): string {
  return restore?.files[file.path] ?? sha256(file.content)
}
