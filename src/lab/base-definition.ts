// What every lab host is made of: Debian suite, packages of the image, packages that a host can install. Pure; its digest
// names the cache entry, so a change here builds anew and never mixes with what is there.
import { createHash } from 'node:crypto'

export interface BaseDefinition {
  suite: string
  architecture: string
  mirror: string
  securityMirror: string
  /** In the image from the start: what a small Debian server has. */
  imagePackages: string[]
  /** Can be had by `apt-get install` on a host, with all they depend on. */
  repositoryPackages: string[]
}

const imagePackages = [
  'apt',
  'ca-certificates',
  'curl',
  'dbus',
  'iproute2',
  'libpam-systemd',
  'openssh-server',
  'sudo',
  'systemd',
  'systemd-sysv',
]

const repositoryPackages = [
  'caddy',
  'dns-root-data',
  'nftables',
  'nginx-light',
  'postgresql',
  'procps',
  'prometheus',
  'prometheus-alertmanager',
  'prometheus-node-exporter',
  'prometheus-postgres-exporter',
  'python3',
  'python3-apt',
  'unbound',
]

/** Where the repository is mounted, read only, on every host. */
export const repositoryMount = '/srv/debian'

/** The shipped definition. HOMEOSTAT_LAB_SUITE and HOMEOSTAT_LAB_MIRROR change suite and mirror. */
export function baseDefinition(architecture: string, env: NodeJS.ProcessEnv = {}): BaseDefinition {
  const mirror = env.HOMEOSTAT_LAB_MIRROR ?? 'http://deb.debian.org/debian'
  return {
    suite: env.HOMEOSTAT_LAB_SUITE ?? 'bookworm',
    architecture,
    mirror,
    securityMirror: `${mirror}-security`,
    imagePackages,
    repositoryPackages,
  }
}

/** apt's sources for downloading: a release has updates and security beside it, sid has neither. */
export function downloadSources({ suite, mirror, securityMirror }: BaseDefinition): string {
  const signed = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  const lines = [`deb ${signed} ${mirror} ${suite} main`]
  if (suite !== 'sid' && suite !== 'unstable') {
    lines.push(
      `deb ${signed} ${mirror} ${suite}-updates main`,
      `deb ${signed} ${securityMirror} ${suite}-security main`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** Shell commands that make a real host of the fresh image; `$1` is its root directory. */
export const imageHooks: string[] = [
  // Host keys and machine id are made per host: copies would make all hosts one machine.
  'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id "$1"/var/lib/dbus/machine-id "$1"/etc/resolv.conf',
  `printf 'deb [trusted=yes] file:${repositoryMount} ./\\n' > "$1"/etc/apt/sources.list`,
  `printf 'Acquire::Languages "none";\\nAPT::Install-Recommends "false";\\n' > "$1"/etc/apt/apt.conf.d/50lab`,
  'ln -s /lib/systemd/system/systemd-networkd.service "$1"/etc/systemd/system/multi-user.target.wants/',
  // They would take the dpkg lock at a random moment of the day.
  'ln -s /dev/null "$1"/etc/systemd/system/apt-daily.timer; ln -s /dev/null "$1"/etc/systemd/system/apt-daily-upgrade.timer',
  // A login that is not root, for `sudo -n`.
  'chroot "$1" useradd --create-home --shell /bin/bash admin',
  `printf 'admin ALL=(ALL) NOPASSWD: ALL\\n' > "$1"/etc/sudoers.d/admin; chmod 440 "$1"/etc/sudoers.d/admin`,
]

/** dpkg's settings in the image: no fsync per file, and nothing that nobody reads. */
export const dpkgOptions: string[] = [
  'force-unsafe-io',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/locale/*',
]

/** Name of the cache entry for a definition: suite and a digest of everything it is built from. */
export function baseKey(definition: BaseDefinition): string {
  const whole = JSON.stringify([definition, downloadSources(definition), imageHooks, dpkgOptions, repositoryMount])
  return `${definition.suite}-${createHash('sha256').update(whole).digest('hex').slice(0, 16)}`
}
