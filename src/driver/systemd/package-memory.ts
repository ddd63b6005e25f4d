// What dpkg and apt said of each host's packages last, so that they are asked again only after something was written that they read: that
// takes them longer than a host needs for the rest of a look at files.
import type { PackageFact, Wanted } from '../../model/observation.ts'
import { sameValue } from '../../plan/same-value.ts'
import type { Transport } from '../../transport/transport.ts'
import type { Look } from './parse.ts'

export interface KnownPackages {
  /** `Look.packagesStamp` of the look that asked, or one taken later that was the same. */
  stamp: string
  asked: Pick<Wanted, 'packages' | 'origins'>
  facts: Record<string, PackageFact>
}

/** One memory per connection: it goes with it, so that another machine under the same name is asked anew. */
export class PackageMemory {
  readonly #known = new WeakMap<Transport, KnownPackages>()

  /** Undefined where something else was asked for, or nothing lasting is known. */
  of(transport: Transport, wanted: Wanted): KnownPackages | undefined {
    const known = this.#known.get(transport)
    return sameValue(known?.asked, askedFor(wanted)) ? known : undefined
  }

  keep(transport: Transport, wanted: Wanted, { seen, packagesStamp: stamp }: Look): void {
    if (stamp === undefined) this.#known.delete(transport)
    else this.#known.set(transport, { stamp, asked: askedFor(wanted), facts: seen.packages })
  }
}

function askedFor({ packages, origins = [] }: Wanted): Required<KnownPackages['asked']> {
  return { packages: [...packages], origins: [...origins] }
}
