// What a running process has loaded, as one digest: recorded on the host after a start or reload, compared on every observation.
import { canonicalJson, sha256 } from './canonical.ts'

/** Recorded after a reload that failed: the process goes on with what it had, or with half of what it was given. */
export const NOT_TAKEN_IN = '0'.repeat(64)

/** Digest of the files a unit watches; the order given does not matter. */
export function loadedDigest(watched: { path: string; sha256: string }[]): string {
  const sorted = watched.map((file) => [file.path, file.sha256]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  return sha256(canonicalJson(sorted))
}
