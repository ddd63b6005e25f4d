// A target with the values of its secrets, as it goes to a host. A password of a PostgreSQL role goes as what the server would
// keep of it, with a salt of its own each time: the password itself is for the consumers, and the server never sees it.
import { randomBytes } from 'node:crypto'
import type { Resource } from '../../model/resource.ts'
import type { Reveal } from '../../model/secret-reference.ts'
import type { Target } from '../../model/target.ts'
import { isPlainPassword, scramVerifier } from '../../plan/scram.ts'
import { revealTarget } from '../../plan/seal.ts'

const SALT_BYTES = 16

/** Or why it cannot be sent now. */
export function sendable(
  target: Target | undefined,
  reveal: Reveal,
): { target: Target | undefined } | { problem: string } {
  const revealed = revealTarget(target, reveal)
  if ('problem' in revealed || revealed.target === undefined) return revealed
  const { resources } = revealed.target
  const odd = resources.find((it) => it.kind === 'postgres-role' && !isPlainPassword(it.password ?? 'none'))
  if (odd?.kind === 'postgres-role')
    return {
      problem: `the password of the role ${odd.name} may have printable ASCII only: clients prepare the rest differently`,
    }
  return { target: { ...revealed.target, resources: resources.map(withVerifier) } }
}

function withVerifier(resource: Resource): Resource {
  if (resource.kind !== 'postgres-role' || resource.password === undefined) return resource
  return { ...resource, password: scramVerifier(resource.password, randomBytes(SALT_BYTES)) }
}
