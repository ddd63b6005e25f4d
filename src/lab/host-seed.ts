// What makes a host itself on top of the image that all share: name, address, machine id, host key, who may log in.
// Written to a seed directory once per lab; the keeper lays it over a pristine host, so a reset host is the same machine.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { aptSettings, grafanaMount } from './apt-stand-in.ts'
import { hostsFile, type LabHostSpec, labAddress, labPrefix } from './lab-hosts.ts'
import { type MailCertificate, mailKeyPath, trustedPath } from './mail-certificate.ts'
import { mustRun } from './run-command.ts'
import { standInUnits } from './stand-in-runtime.ts'

/** Sorts before 80-container-host0.network, which would win otherwise and leave a link-local address only. */
const networkFile = '/etc/systemd/network/10-host0.network'
const hostKey = '/etc/ssh/ssh_host_ed25519_key'

/** Makes an ed25519 key pair at `file` where there is none; returns the public line without its comment. */
export async function ensureKey(file: string): Promise<string> {
  if (!existsSync(`${file}.pub`)) {
    await rm(file, { force: true })
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await mustRun(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
  }
  return (await readFile(`${file}.pub`, 'utf8')).trim().split(' ').slice(0, 2).join(' ')
}

/** Writes a host's seed where there is none yet; returns the host's public key. */
export async function ensureSeed(
  directory: string,
  host: LabHostSpec,
  hosts: LabHostSpec[],
  { loginKey, mail }: { loginKey: string; mail: MailCertificate },
): Promise<string> {
  if (existsSync(directory)) return ensureKey(`${directory}${hostKey}`)
  const building = `${directory}.building`
  await rm(building, { recursive: true, force: true })
  const write = async (path: string, content: string, mode = 0o644, parentMode = 0o755) => {
    await mkdir(dirname(building + path), { recursive: true, mode: parentMode })
    await writeFile(building + path, content, { mode })
  }
  await write('/etc/hostname', `${host.name}\n`)
  await write('/etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444)
  await write('/etc/hosts', hostsFile(hosts))
  await write('/etc/apt/apt.conf.d/60lab', aptSettings)
  await write('/etc/apt/sources.list.d/lab.list', `deb [trusted=yes] file:${grafanaMount}/debian ./\n`)
  await write(networkFile, networkSettings(host))
  await write(trustedPath, mail.certificate)
  if (host.standIns?.includes('mail')) await write(mailKeyPath, mail.key + mail.certificate, 0o600, 0o700)
  for (const [path, text] of Object.entries(standInUnits(host.standIns ?? []))) await write(path, text)
  await write('/root/.ssh/authorized_keys', `${loginKey}\n`, 0o600, 0o700)
  await write('/home/admin/.ssh/authorized_keys', `${loginKey}\n`, 0o600, 0o700)
  // The image's only person has the first free id (adduser.conf(5), FIRST_UID).
  await mustRun(['chown', '-R', '1000:1000', `${building}/home/admin`])
  const publicKey = await ensureKey(building + hostKey)
  await rename(building, directory)
  return publicKey
}

function networkSettings({ address, plays = [] }: LabHostSpec): string {
  const addresses = [address, ...plays.map((machine) => machine.address)]
  return `[Match]
Name=host0

[Network]
${addresses.map((each) => `Address=${each}/${labPrefix}`).join('\n')}
Gateway=${labAddress}
LinkLocalAddressing=no
IPv6AcceptRA=no
`
}
