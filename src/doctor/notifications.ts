// Whether anybody hears of alerts: somebody is to be told, and telling works.
import type { HostFinding } from './finding.ts'
import type { ComponentLook, HostLook } from './look.ts'

export function notifications({ components }: HostLook): HostFinding[] {
  return components.flatMap(findingsOf)
}

function findingsOf({ component, notifications }: ComponentLook): HostFinding[] {
  if (notifications === undefined) return []
  if (notifications.receivers === 0) {
    const message = 'it has no receiver: alerts are shown on its page, and nobody is told'
    return [{ component, message, next: 'give it receivers (docs/alerting.md)', isNote: true }]
  }
  const next = 'homeostat test alerts says where it ends'
  if (notifications.failures.length > 0)
    return notifications.failures.map((failure) => ({
      component,
      message: `its last message failed: ${failure}`,
      next,
    }))
  return Object.entries(notifications.attempts)
    .filter(([, { made, failed }]) => failed > 0 && failed === made)
    .map(([integration, { made }]) => ({
      component,
      message: `no message by ${integration} was sent since it started: ${made} of ${made} attempts failed`,
      next,
    }))
}
