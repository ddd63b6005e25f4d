// What a protected site says to somebody who has not signed on: sent to the provider is good, everything else is told apart.
import type { HttpProbe } from '../model/probe.ts'
import { type Asked, type Exchange, exchange, type Wire } from './http-exchange.ts'
import { mismatch } from './match.ts'
import { excerpt } from './sentence.ts'
import { type Stage, stage } from './stage.ts'

const maxBodyBytes = 64 * 1024
/** Where authentik's outpost answers below every site that it protects. */
const OUTPOST = '/outpost.goauthentik.io/'

/** The probe of a protected site: by TLS, under its name, with a pattern of where a redirect may lead. */
export type SignOnProbe = HttpProbe & { tls: NonNullable<HttpProbe['tls']>; expect: { location: string } }

export function isSignOnProbe(probe: { kind: string }): probe is SignOnProbe {
  const { tls, expect } = probe as HttpProbe
  return probe.kind === 'http' && tls !== undefined && expect.location !== undefined
}

/** Asks as nobody, and once more where the site's own outpost is to say who the provider is. Throws `TransportError`. */
export async function askSite(probe: SignOnProbe, wire: Wire): Promise<Stage> {
  const domain = probe.tls.serverName
  const { kind: _, name: __, expect: ___, ...place } = probe
  const ask = (path: string) => exchange({ ...place, path, maxBodyBytes } satisfies Asked, wire)
  const first = judgeSite(await ask(probe.path), probe)
  if (!first.passed || first.outpostPath === undefined) return stage(domain, first.passed, first.message)
  const second = judgeSite(await ask(first.outpostPath), probe)
  const isSent = second.passed && second.outpostPath === undefined
  const message = isSent ? second.message : `its outpost does not send on to the provider: ${second.message}`
  return stage(domain, isSent, message)
}

interface Judged {
  passed: boolean
  message: string
  /** Set where the redirect leads to the outpost below the site itself. */
  outpostPath?: string
}

/** Pure. */
export function judgeSite(answer: Exchange, { tls, expect }: SignOnProbe): Judged {
  const fail = (message: string): Judged => ({ passed: false, message })
  if (answer.outcome !== 'answer') return fail(`the proxy gave no answer: ${answer.reason}`)
  const { status, headers } = answer
  if (status >= 200 && status < 300) return fail(`answered ${status}: SECURITY: anybody may come in without signing on`)
  if (status === 404) return fail('answered 404: the outpost of the provider does not know this site')
  if ([502, 503, 504].includes(status))
    return fail(`answered ${status}: the provider is down or cannot be reached; nobody comes in meanwhile`)
  if (status < 300 || status >= 400)
    return fail(`answered ${status}, expected a redirect to the provider: ${excerpt(answer.body)}`)
  const location = headers.location ?? ''
  if (mismatch(expect.location, 'its Location', location) !== undefined)
    return fail(`answered ${status}, and leads to ${excerpt(location)}, which is not the provider`)
  const path = outpostPath(location, tls.serverName)
  // What stands behind the path says who is asking and for what.
  const message = `answered ${status}, and leads to ${excerpt(location.split('?', 1)[0] ?? '')}`
  return path === undefined ? { passed: true, message } : { passed: true, message, outpostPath: path }
}

function outpostPath(location: string, domain: string): string | undefined {
  const own = location.replace(`https://${domain}/`, '/')
  return own.startsWith(OUTPOST) ? own : undefined
}
