// Why another revision is asked for than before: what is written of the component itself, what is written of others, or the value of a
// secret.
import { ROLLBACK_ASKED } from '../../machines/lifecycle-context.ts'
import type { Peer, RenderContext } from '../catalog/define-type.ts'
import type { ComponentSpec, DesiredState } from '../model/desired.ts'
import type { Cause } from '../model/operation.ts'
import type { Target } from '../model/target.ts'
import { canonicalJson, sha256 } from '../plan/canonical.ts'
import { differInSecretsOnly } from '../plan/seal.ts'
import type { Desire } from './desire.ts'
import type { Status } from './statuses.ts'

/** Digests of what a target is made of. */
export interface Written {
  /** The component's own document, with the rules, dashboards and files that it takes. */
  own: string
  /** All other components, their hosts, and the manifest. */
  others: string
}

export interface Surroundings {
  /** For `render`; what is taken of it is noted. */
  context: RenderContext
  /** Digests of what was taken. */
  written(spec: ComponentSpec, others: () => string): Written
}

export function surroundings(
  { manifest, dashboards = [], alertRules = [], files }: DesiredState,
  of: Pick<RenderContext, 'component' | 'host' | 'peers'>,
): Surroundings {
  const taken = new Map<string, unknown>()
  const take = <T>(what: string, value: T): T => {
    taken.set(what, value)
    return value
  }
  return {
    context: {
      ...of,
      manifest,
      get dashboards() {
        return take('dashboards', dashboards)
      },
      get alertRules() {
        return take('alertRules', alertRules)
      },
      file: (path) => take(`file ${path}`, Object.hasOwn(files, path) ? files[path] : undefined),
    },
    written: ({ type, options, probes, external }, others) => ({
      own: digest({ type, options, probes, external, taken: [...taken].sort(([a], [b]) => (a < b ? -1 : 1)) }),
      others: others(),
    }),
  }
}

/** Digest of all components and the manifest. */
export function othersOf({ manifest }: DesiredState, peers: Peer[]): () => string {
  let known: string | undefined
  return () => {
    known ??= digest({ manifest, peers })
    return known
  }
}

const digest = (value: unknown) => sha256(canonicalJson(value)).slice(0, 16)

/** The status with why its revision is asked for, where that is another since `before`. */
export function withOrigin(status: Status, before: Status, now: Desire, lastGood: Target | undefined): Status {
  const { desired } = status.lifecycle.context
  const wish = now.wishes.get(status.key)
  if (wish?.kind !== 'deploy' || desired !== wish.target.revision) return status
  if (desired === before.lifecycle.context.desired || desired === before.origin?.revision) return status
  const written = now.written(status.key)
  if (written === undefined) return status
  const isSecret = lastGood !== undefined && differInSecretsOnly(wish.target, lastGood)
  return { ...status, origin: { revision: desired, cause: isSecret ? 'secret' : causeOf(before, written), ...written } }
}

/** What nothing is known of was written. */
function causeOf({ origin }: Status, { own, others }: Written): Cause {
  return origin !== undefined && origin.own === own && origin.others !== others ? 'dependency' : 'spec'
}

/** Why the revision that is asked for is brought about. */
export function originOf({ origin, lifecycle }: Status): Cause {
  return origin !== undefined && origin.revision === lifecycle.context.desired ? origin.cause : 'spec'
}

/** Why it is taken back: a person asked for it, or it did not prove itself. */
export function whoTakesBack({ lifecycle }: Status): Cause {
  return lifecycle.context.reason === ROLLBACK_ASKED ? 'manual' : 'rollback'
}
