// A target with the values of its secrets and of the keys that stay as they are on the host, as it goes there. A password of a PostgreSQL role goes as what the server would
// keep of it, with a salt of its own each time: the password itself is for the consumers, and the server never sees it.
import { randomBytes } from 'node:crypto'
import type { Operation } from '../../model/operation.ts'
import type { Resource } from '../../model/resource.ts'
import type { Reveal } from '../../model/secret-reference.ts'
import type { Target } from '../../model/target.ts'
import { withLiveKeys } from '../../plan/kept-keys.ts'
import { isPlainPassword, scramVerifier } from '../../plan/scram.ts'
import { revealTarget } from '../../plan/seal.ts'

const SALT_BYTES = 16

/** Or why it cannot be sent now. */
export function sendable(
  target: Target | undefined,
  reveal: Reveal,
  keep?: Operation['keep'],
): { target: Target | undefined } | { problem: string } {
  const revealed = revealTarget(target, reveal)
  if ('problem' in revealed || revealed.target === undefined) return revealed
  const { resources } = revealed.target
  const odd = resources.find((it) => it.kind === 'postgres-role' && !isPlainPassword(it.password ?? 'none'))
  if (odd?.kind === 'postgres-role')
    return {
      problem: `the password of the role ${odd.name} may have printable ASCII only: clients prepare the rest differently`,
    }
  return { target: { ...revealed.target, resources: resources.map((it) => withLive(withVerifier(it), keep)) } }
}

/** Where the file on the host, or this one, cannot be read, there is nothing to keep of it. */
function withLive(resource: Resource, keep: Operation['keep'] = {}): Resource {
  const kept = resource.kind === 'file' ? keep[resource.path] : undefined
  if (resource.kind !== 'file' || kept === undefined) return resource
  return { ...resource, content: withLiveKeys(resource.content, kept.live, kept) ?? resource.content }
}

function withVerifier(resource: Resource): Resource {
  if (resource.kind !== 'postgres-role' || resource.password === undefined) return resource
  return { ...resource, password: scramVerifier(resource.password, randomBytes(SALT_BYTES)) }
}
