// Every protected site of the desired state, asked by somebody who has not signed on. Beside `main.ts` because it reaches hosts.
import type { SignOnTestOptions, Tested } from './cli/live.ts'
import { askSite, isSignOnProbe } from './probe/sign-on.ts'
import { readDesire } from './read-desire.ts'
import { testTargets } from './test-targets.ts'

/** Each proxy from its own host. Left out are proxies without a protected site. */
export async function testSignOn(options: SignOnTestOptions): Promise<Tested[]> {
  const read = await readDesire(options, { namesSuffice: true })
  const isMeant = (probes: { kind: string }[]) => probes.some(isSignOnProbe)
  return testTargets(
    read,
    ['caddy'],
    options,
    (target, transport) =>
      Promise.all(
        target.probes.filter(isSignOnProbe).map((probe) => askSite(probe, { transport, signal: options.signal })),
      ),
    isMeant,
  )
}
