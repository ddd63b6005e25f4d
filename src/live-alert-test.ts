// A marked alert through the Alertmanagers of the desired state, each asked from its own host. Beside `main.ts` because it reaches hosts.
import { randomBytes } from 'node:crypto'
import { fromItsHost } from './catalog/address.ts'
import { alertmanagerOptions } from './catalog/alertmanager-options.ts'
import { listensAt } from './catalog/clients.ts'
import { integrationsOf, longestGroupWaitMs, TEST_MARK, testAlertLabels } from './catalog/test-alert.ts'
import type { AlertTestOptions, TestedAlertmanager } from './cli/live.ts'
import { readWritten } from './cli/read-written.ts'
import { peersOf } from './controller/desire.ts'
import type { ComponentSpec, DesiredState } from './model/desired.ts'
import type { HostSpec } from './model/host.ts'
import { componentKey } from './model/key.ts'
import { followAlert } from './probe/alert-round-trip.ts'
import type { Stage } from './probe/stage.ts'
import { logOn, openTransport } from './transport/open.ts'

/** Beyond what an alert waits for the others of its group. */
const SENDING_MS = 60_000

/** One after the other. Empty where the desired state has no enabled Alertmanager, or none of that name. */
export async function testAlerts(options: AlertTestOptions): Promise<TestedAlertmanager[]> {
  const { desired } = await readWritten(options.desiredStateDir)
  const { hosts } = desired
  const meant = Object.values(desired.components).filter(
    ({ name, type, enabled }) => type === alertmanagerOptions.type && enabled && (options.component ?? name) === name,
  )
  const tested: TestedAlertmanager[] = []
  for (const component of meant)
    for (const name of component.hosts) {
      const host = hosts[name]
      if (host !== undefined) tested.push(await testOne(component, host, desired, options))
    }
  return tested
}

async function testOne(
  component: ComponentSpec,
  host: HostSpec,
  desired: DesiredState,
  options: AlertTestOptions,
): Promise<TestedAlertmanager> {
  const key = componentKey(component.name, host.name)
  const alertmanager = alertmanagerOptions.options.parse(component.options)
  const listen = listensAt(component.type, alertmanager, { host, manifest: desired.manifest, peers: peersOf(desired) })
  const mark = randomBytes(4).toString('hex')
  const labels = testAlertLabels(alertmanager, mark, options.labels)
  const stages: Stage[] = []
  const onStage = (stage: Stage) => {
    stages.push(stage)
    options.onStage(key, stage)
  }
  options.onBegin(key, labels)
  const transport = openTransport(host, { ...options.ssh, resolveJump: (jump) => desired.hosts[jump] })
  try {
    await logOn(transport, options.signal)
    const passed = await followAlert(
      {
        place: { address: fromItsHost(listen), port: alertmanager.port },
        alert: { labels, mark: [TEST_MARK, mark], summary: 'A test by homeostat test alerts: nothing is wrong' },
        integrations: integrationsOf(alertmanager),
        timeoutMs: options.timeoutMs ?? longestGroupWaitMs(alertmanager) + SENDING_MS,
        onStage,
      },
      { transport, signal: options.signal },
    )
    return { key, labels, passed, stages }
  } catch (error) {
    onStage({ name: 'accepted', passed: false, message: (error as Error).message })
    return { key, labels, passed: false, stages }
  } finally {
    await transport.close()
  }
}
