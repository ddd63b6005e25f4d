// What the first check of a change needs → the script that makes it before there is an operation, and the name under which the operation
// finds that it passed. Pure; its functions are in `scripts/ahead.sh`.
import type { FileResource } from '../../model/resource.ts'
import type { Target } from '../../model/target.ts'
import { canonicalJson, sha256 } from '../../plan/canonical.ts'
import { quote } from '../../transport/quote.ts'
import { AHEAD } from './names.ts'
import { receive } from './upload.ts'

/** A file with its checker, whose words hold `{staged}` for the place at which it is checked. */
interface FirstCheck {
  file: FileResource
  argv: string[]
  digest: string
}

/** The first checker of a component. Its digest stands for all that it is given: its words, and every file, since what it checks may lie in another one. */
export function firstCheck(files: readonly FileResource[]): FirstCheck | undefined {
  const file = files.find(({ validate = [] }) => validate.length > 0)
  if (file?.validate === undefined) return undefined
  const given = files.map(({ path, content }) => ({ path, content }))
  return { file, argv: file.validate, digest: sha256(canonicalJson({ argv: file.validate, given })) }
}

/** Where the component checks something; `target` as it would be sent. `library` is `receive.sh` and `ahead.sh` of `scripts/`. */
export function aheadScript(target: Target, library: string, seconds: number): string | undefined {
  const files = target.resources.filter((resource) => resource.kind === 'file')
  const check = firstCheck(files)
  if (check === undefined) return undefined
  const op = `${AHEAD}/${check.digest}`
  const argv = check.argv.map((word) => word.replaceAll('{staged}', `${op}/root${check.file.path}`))
  const uploads = files.map(({ path, content }) => ({ path: `root${path}`, content }))
  const directories = new Set(uploads.map(({ path }) => `${op}/${path.slice(0, path.lastIndexOf('/'))}`))
  return `umask 077
op=${quote(op)}
export LC_ALL=C.UTF-8 TZ=UTC
${library}
receive_all() {
${uploads.map((upload) => `${receive(upload)} || return`).join('\n')}
}
check_first() {
in_peace ${[String(seconds), ...argv.map(quote)].join(' ')}
}
try_ahead ${[...directories].map(quote).join(' ')}
`
}
