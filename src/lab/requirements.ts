// What this machine must have before hosts can boot on it, and how the missing Debian packages get there.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { cgroupTrees } from './control-group.ts'
import { LabError } from './lab-error.ts'
import { readIfThere } from './process-identity.ts'
import { mustRun, runCommand } from './run-command.ts'

/** A file that proves a Debian package is installed. */
const needed: Record<string, string> = {
  '/usr/bin/systemd-nspawn': 'systemd-container',
  '/usr/bin/mmdebstrap': 'mmdebstrap',
  '/usr/sbin/nft': 'nftables',
  '/usr/bin/apt-ftparchive': 'apt-utils',
  '/usr/bin/gpg': 'gnupg',
  '/usr/bin/openssl': 'openssl',
  '/usr/sbin/ip': 'iproute2',
  '/usr/bin/ssh-keygen': 'openssh-client',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
}

/** Packages of `needed` that are not here. */
export function missingPackages(exists: (path: string) => boolean = existsSync): string[] {
  return Object.entries(needed)
    .filter(([path]) => !exists(path))
    .map(([, name]) => name)
}

/** Why this machine can never boot lab hosts; undefined where it can. Cheap: tests ask it before they begin. */
export function whyUnsupported(): string | undefined {
  if (process.platform !== 'linux') return `the lab boots Linux hosts, and this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'the lab boots hosts and needs root: run it again as root, or with sudo'
  if (!existsSync('/usr/bin/apt-get')) return 'the lab builds its hosts with apt, and this machine has none: use Debian'
  if (cgroupTrees().length === 0) return 'the lab needs the cgroup v2 tree (/sys/fs/cgroup), and it is not mounted here'
  return undefined
}

/** @throws LabError `unsupported` or `packages`, saying what to do */
export async function ensureRequirements(report: (message: string) => void, signal?: AbortSignal): Promise<void> {
  const reason = whyUnsupported()
  if (reason) throw new LabError('unsupported', reason)
  const missing = missingPackages()
  if (missing.length > 0) await install(missing, report, signal)
  // nspawn derives the hosts' hardware addresses from it, and a container image often has none (machine-id(5)).
  const machineId = await readIfThere('/etc/machine-id')
  if (!/^[0-9a-f]{32}$/.test(machineId?.trim() ?? '')) await mustRun(['systemd-machine-id-setup'], { signal })
  await raiseInotifyLimit(report)
}

/** Watches of the file system that a booted host holds by itself, about ten; eight hosts use up Debian's default of 128. */
const INOTIFY_INSTANCES = 1024
const inotifySetting = '/proc/sys/fs/inotify/max_user_instances'

/** Raised only, never lowered, and until the machine's next boot. */
async function raiseInotifyLimit(report: (message: string) => void): Promise<void> {
  const now = Number(await readIfThere(inotifySetting))
  if (now >= INOTIFY_INSTANCES) return
  report(`raising fs.inotify.max_user_instances from ${now} to ${INOTIFY_INSTANCES} until this machine reboots`)
  await writeFile(inotifySetting, String(INOTIFY_INSTANCES))
}

async function install(missing: string[], report: (message: string) => void, signal?: AbortSignal): Promise<void> {
  report(`installing on this machine: ${missing.join(', ')}`)
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 300_000, signal }
  const wait = ['-o', 'DPkg::Lock::Timeout=120']
  const updated = await runCommand(['apt-get', ...wait, 'update', '-qq'], options)
  try {
    await mustRun(['apt-get', ...wait, 'install', '-y', '-qq', '--no-install-recommends', ...missing], options)
  } catch (cause) {
    const hint =
      updated.exitCode === 0 ? '' : ` (apt-get update failed before it: ${updated.stderr.trim().slice(-500)})`
    throw new LabError('packages', `cannot install ${missing.join(', ')}: ${(cause as Error).message}${hint}`, {
      cause,
    })
  }
}
