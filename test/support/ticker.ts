// A component of files and a unit that tell which version of them is live: for operations that are cut off in the middle.
import type { HostObservation } from '../../src/model/observation.ts'
import type { Resource } from '../../src/model/resource.ts'
import { diffTarget } from '../../src/plan/diff.ts'
import { type DriverHost, file, target, unit } from './driver-host.ts'

const unitFile = '/etc/systemd/system/ticker.service'
const settings = '/etc/ticker/settings'

/** Its unit writes to /run what it was started with: its settings, and what systemd knew of it. */
export function ticker(version: string, more: Resource[] = []) {
  const run = `/bin/sh -c '(cat ${settings}; echo version ${version}) > /run/ticker; exec sleep 100000'`
  return target('ticker', [
    file(settings, `version ${version}\n`.repeat(500), {
      mode: 0o640,
      group: 'www-data',
      validate: ['grep', '-q', version, '{staged}'],
    }),
    file(unitFile, `[Service]\nExecStart=${run}\n[Install]\nWantedBy=multi-user.target\n`),
    file('/etc/ticker/extra', `extra ${version}\n`),
    unit('ticker.service', { restartOn: [`file:${settings}`, `file:${unitFile}`] }),
    ...more,
  ])
}

/** What it was started with last; more than one line where that was not of one piece. */
export const started = async (host: DriverHost) => (await host.shell('cat /run/ticker | sort -u')).trim()

/** Temporary files and masks that an operation left lying about; nothing where it left none. */
export const leftovers = (host: DriverHost) => host.shell("find /etc -name '.homeostat-*'; ls -A /run/systemd/system")

/** Files that are neither as one version has them nor as the other: content, mode and owner. */
export function torn(seen: HostObservation, versions: string[]): string[] {
  const changes = versions.map((version) =>
    diffTarget(ticker(version), seen, []).changes.map((change) => change.resource),
  )
  return Object.keys(seen.files).filter((path) => changes.every((ids) => ids.includes(`file:${path}`)))
}
