// A service that others run: which entry of the manifest it is, where it is found, and what the manifest says of its health.
import type { ManifestService } from '../model/manifest.ts'
import type { CommandProbe } from '../model/probe.ts'
import { manifestEntry } from './address.ts'
import { type RenderContext, RenderError } from './define-type.ts'

/** The manifest's entry called like the component, else the one of the usual name. */
export function serviceOf({ component, manifest }: RenderContext, usualName: string): ManifestService | undefined {
  const all = { ...manifest?.core_services, ...manifest?.services }
  const name = [component, usualName].find((name) => Object.hasOwn(all, name))
  return name === undefined ? undefined : all[name]
}

/** Where it is found from the host that looks: as the option says, else the manifest's `ip`. Throws `RenderError` without either. */
export function serviceAddress(
  option: string | undefined,
  service: ManifestService | undefined,
  usualName: string,
): string {
  const address = option ?? service?.ip
  if (address !== undefined) return address
  const message = `the manifest has no service called like this component or ${usualName}; expected options.address`
  throw new RenderError(message, 'spec.options.address')
}

/** `interface.health.liveness` as a probe, where the component is looked at from the service's own machine: it is a command for that. */
export function livenessProbes(service: ManifestService | undefined, context: RenderContext): CommandProbe[] {
  const command = service?.interface.health?.liveness
  if (command === undefined || manifestEntry(context.manifest, context.host) !== service) return []
  const argv = ['/bin/sh', '-c', command]
  return [{ kind: 'command', name: "manifest's liveness", argv, timeoutMs: LIVENESS_TIMEOUT_MS }]
}

/** The manifest's own timeout is for a whole start. */
const LIVENESS_TIMEOUT_MS = 10_000
