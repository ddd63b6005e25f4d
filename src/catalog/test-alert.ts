// The marked alert of `homeostat test alerts`: labels by which it waits for no other alert, and what its receivers send it by.
import { type AlertmanagerOptions, NOBODY, OWN_RECEIVERS } from './alertmanager-options.ts'
import { durationMs } from './scalars.ts'

export const TEST_MARK = 'homeostat_test'

/**
 * Its labels. In every label that alerts are grouped by and that is not `given` stands the mark: it makes a message of its own, and is
 * not kept until the next message of a group that is there already.
 */
export function testAlertLabels(
  { route }: AlertmanagerOptions,
  mark: string,
  given: Record<string, string>,
): Record<string, string> {
  const grouping = [route, ...route.routes].flatMap(({ groupBy = [] }) => groupBy).filter((label) => label !== '...')
  const marked = Object.fromEntries(grouping.map((label) => [label, `homeostat-test-${mark}`]))
  return { severity: 'info', ...marked, alertname: `HomeostatTest-${mark}`, ...given, [TEST_MARK]: mark }
}

/** By receiver, how often it sends an alert by which of Alertmanager's integrations, as its metrics call them: `webhook`, `email`. */
export function integrationsOf({ receivers }: AlertmanagerOptions): Map<string, Record<string, number>> {
  const told = receivers.map((receiver): [string, Record<string, number>] => {
    const counts: Record<string, number> = {}
    const add = (integration: string, count: number) => {
      if (count > 0) counts[integration] = (counts[integration] ?? 0) + count
    }
    add('webhook', receiver.webhookUrl === undefined ? 0 : 1)
    add('email', receiver.mailTo === undefined ? 0 : 1)
    for (const type of OWN_RECEIVERS) add(type.replace(/_configs$/, ''), receiver[type]?.length ?? 0)
    return [receiver.name, counts]
  })
  return new Map([[NOBODY, {}], ...told])
}

/** The longest that an alert may have to wait for its first message, in milliseconds. */
export function longestGroupWaitMs({ route }: AlertmanagerOptions): number {
  return Math.max(...[route, ...route.routes].map(({ groupWait = '0s' }) => durationMs(groupWait)))
}
