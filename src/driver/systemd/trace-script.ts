// Whom to look for in a host's logs → the script that looks. Pure; its functions are in `scripts/trace.sh` and `scripts/show.sh`.
import { quote } from '../../transport/quote.ts'
import { isPath } from './names.ts'

/** Larger files are not shown: a difference of them is nothing that a person reads. */
const LARGEST_SHOWN = 64 * 1024
const MOST_SHOWN = 10

/** Of these, what may be asked for. */
export function tracedPaths(paths: readonly string[]): string[] {
  return paths.filter(isPath).slice(0, MOST_SHOWN)
}

/** `paths` come from `tracedPaths`; the times are the host's, and the logs know seconds. */
export function traceScript(
  { paths, sinceMs, untilMs }: { paths: readonly string[]; sinceMs: number; untilMs: number },
  library: string,
  mark: string,
): string {
  const words = ['trace', ...paths.map(quote)]
  // The time zone stays the host's: apt writes local times.
  return `mark=${quote(mark)}
since=${Math.floor(sinceMs / 1000)}
until=${Math.ceil(untilMs / 1000)}
largest=${LARGEST_SHOWN}
of=public
export LC_ALL=C.UTF-8
${library}
${words.join(' ')} < /dev/null
`
}
