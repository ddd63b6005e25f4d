// An operation's way back → what is sent with it, and the step that arms it. Pure.
import { posix } from 'node:path'
import type { Operation } from '../../model/operation.ts'
import type { Target } from '../../model/target.ts'
import { type Lowered, lower } from './lower.ts'
import { STATE } from './names.ts'
import { revertScript } from './operation-script.ts'

/** Not reboot-shy: it begins with the host while there is something to wait for. */
const SERVICE = `[Unit]
Description=Homeostat takes back what nobody confirms
Documentation=file:///var/lib/homeostat/revert
ConditionDirectoryNotEmpty=/var/lib/homeostat/armed

[Service]
ExecStart=/bin/sh /var/lib/homeostat/revert
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target`

/**
 * The operation with its way back, armed before anything is changed. `target` is what the way back leads to with the values of its
 * secrets. What was proven before is not asked of its checkers again. `loop` is the text of scripts/revert.sh.
 */
export function withFallback(
  lowered: Lowered,
  operation: Operation,
  target: Target | undefined,
  loop: string,
): Lowered {
  const { fallback } = operation
  if (fallback === undefined) return lowered
  const back = lower({ ...fallback, target: unchecked(target) }, fallback.target)
  const run = { path: 'run', content: revertScript(fallback, operation, back) }
  const uploads = [run, ...back.uploads].map((upload) => ({ ...upload, path: `../${fallback.id}/${upload.path}` }))
  // The functions of the way back are those of the operation.
  const needed = ['run', ...uploads.map(({ path }) => path)].map((path) => posix.join(STATE, 'ops', operation.id, path))
  const accept = { name: 'arm the way back', argv: ['arm', SERVICE, loop.trimEnd(), ...needed] }
  return { ...lowered, accept, uploads: [...lowered.uploads, ...uploads] }
}

function unchecked(target: Target | undefined): Target | undefined {
  if (target === undefined) return undefined
  const resources = target.resources.map((resource) => {
    if (resource.kind !== 'file') return resource
    const { validate: _, ...file } = resource
    return file
  })
  return { ...target, resources }
}
