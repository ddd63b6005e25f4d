// Where a lab keeps its things. One lab is one name: its own namespace, state and processes, apart from every other lab's.
import { LabError } from './lab-error.ts'

export const cacheDirectory = '/var/cache/homeostat-lab'
export const stateDirectory = '/var/lib/homeostat-lab'
export const runtimeDirectory = '/run/homeostat-lab'

export interface LabPaths {
  name: string
  /** Keys, known hosts and the hosts' own changes. Gone after `down`. */
  state: string
  /** Process identities and logs. Gone after `down`. */
  runtime: string
  /** Held while a lab is changed, so that two commands at once do not mix. */
  lock: string
  /** Name of the network namespace. */
  namespace: string
  namespacePath: string
  identityFile: string
  knownHostsFile: string
  /** Certificate of its mail server; the key lies beside it. */
  mailCertificate: string
  /** What the lab was made of: hosts and image. */
  record: string
  /** Control group of the whole lab, relative to the root of each hierarchy. */
  group: string
}

export interface HostPaths {
  /** The host's upper layer, seed files and mount point. */
  state: string
  seed: string
  /** Process identities and the console log. */
  runtime: string
  keeper: string
  machine: string
  console: string
  group: string
}

/** @throws LabError `usage` for a name that could not be a directory, a namespace and a control group alike */
export function labPaths(name: string): LabPaths {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new LabError('usage', `"${name}" cannot name a lab: use up to 31 lower-case letters, digits and dashes`)
  }
  const state = `${stateDirectory}/${name}`
  return {
    name,
    state,
    runtime: `${runtimeDirectory}/${name}`,
    lock: `${runtimeDirectory}/${name}.lock`,
    namespace: `homeostat-lab-${name}`,
    namespacePath: `/run/netns/homeostat-lab-${name}`,
    identityFile: `${state}/id_ed25519`,
    knownHostsFile: `${state}/known_hosts`,
    mailCertificate: `${state}/mail.pem`,
    record: `${state}/lab.json`,
    group: `homeostat-lab/${name}`,
  }
}

/** Paths of one host of a lab. */
export function hostPaths(lab: LabPaths, host: string): HostPaths {
  const state = `${lab.state}/hosts/${host}`
  const runtime = `${lab.runtime}/${host}`
  return {
    state,
    seed: `${state}/seed`,
    runtime,
    keeper: `${runtime}/keeper.pid`,
    machine: `${runtime}/machine.pid`,
    console: `${runtime}/console.log`,
    group: `${lab.group}/${host}`,
  }
}
