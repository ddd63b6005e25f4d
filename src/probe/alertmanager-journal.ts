// What Alertmanager says in its journal of messages that it could not send.
import { reasonOf, rethrowUnreachable } from './attempt.ts'
import type { Wire } from './http-exchange.ts'
import { excerpt } from './sentence.ts'

const UNIT = 'prometheus-alertmanager.service'
/** A failed attempt, or one that came through after others that had failed; of one that came through at once it says nothing. */
const LINES = 'err=|Notify success'

/**
 * The newest reason of each of these receivers, within the last so many seconds, unless it came through after that. Throws
 * `TransportError` where the host is out of reach.
 */
export async function failuresTold(receivers: readonly string[], wire: Wire, seconds: number): Promise<string[]> {
  const argv = ['journalctl', '--quiet', '--no-pager', '--output=cat', `--unit=${UNIT}`, `--since=-${seconds}s`]
  try {
    const { stdout } = await wire.transport.run([...argv, `--grep=${LINES}`], { timeoutMs: 5_000, signal: wire.signal })
    const lines = stdout.toString('utf8').split('\n')
    return receivers.flatMap((name) => {
      const said = lines.findLast((line) => line.includes(`receiver=${name} `) || line.includes(`"${name}/`))
      if (said === undefined || said.includes('Notify success')) return []
      return [`${name}: ${withoutPaths(/err="?(.*)"?$/.exec(said)?.[1] ?? said)}`]
    })
  } catch (error) {
    rethrowUnreachable(error)
    return [`its journal cannot be read: ${reasonOf(error)}`]
  }
}

/** What stands behind the host of an address may be as good as a password. */
function withoutPaths(text: string): string {
  return excerpt(text.replaceAll(/(https?:\/\/[^\s"\\/@]+)[^\s"\\]*/g, '$1/…').replaceAll('\\"', "'"))
}
