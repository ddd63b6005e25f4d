// Who a controller is in the hosts' records: the same after its store was lost, and another one for another desired state.
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { canonicalJson, sha256 } from './plan/canonical.ts'

/**
 * Lower-case hex SHA-256 of this machine and of the directory's absolute path as it is given: one that is a link stays the same
 * when it is led elsewhere.
 */
export async function keeperOf(desiredStateDir: string): Promise<string> {
  return sha256(canonicalJson([await machine(), desiredStateDir]))
}

/** Not every machine has a machine id (man machine-id), a container may have an empty one. */
async function machine(): Promise<string> {
  const id = await readFile('/etc/machine-id', 'utf8').catch(() => '')
  return id.trim() || hostname()
}
