// The first check of what may come → the script that makes it before there is an operation. Pure; its functions are in `scripts/ahead.sh`.
import type { Target } from '../../model/target.ts'
import { quote } from '../../transport/quote.ts'
import { checkerAt, digestOfChecks, hasChecker } from './checks.ts'
import { AHEAD } from './names.ts'
import { directoriesOf, receive } from './upload.ts'

/** Undefined where the component checks nothing; `target` as it would be sent. `library` is `receive.sh` and `ahead.sh` of `scripts/`. */
export function aheadScript(target: Target, library: string, seconds: number): string | undefined {
  const files = target.resources.filter((resource) => resource.kind === 'file')
  const first = files.find(hasChecker)
  if (first === undefined) return undefined
  const op = `${AHEAD}/${digestOfChecks(files)}`
  const uploads = files.map(({ path, content }) => ({ path: `root${path}`, content }))
  return `umask 077
op=${quote(op)}
export LC_ALL=C.UTF-8 TZ=UTC
${library}
receive_all() {
${uploads.map((upload) => `${receive(upload)} || return`).join('\n')}
}
check_first() {
in_peace ${[String(seconds), ...checkerAt(`${op}/root`, first).map(quote)].join(' ')}
}
try_ahead ${directoriesOf(op, uploads).map(quote).join(' ')}
`
}
