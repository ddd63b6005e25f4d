// Digests of the few contents that a simulation has, computed once.
import { sha256 } from '../../../src/plan/canonical.ts'

const digests = new Map<string, string>()

export function digestOf(content: string): string {
  const digest = digests.get(content) ?? sha256(content)
  digests.set(content, digest)
  return digest
}
