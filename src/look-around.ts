// Looks at every host of the desired state, at all of them at once and each within its own time, and brings back facts. Beside
// `main.ts` because it reaches hosts.

import { alertmanagerOptions } from './catalog/alertmanager-options.ts'
import type { LookAround, LookOptions } from './cli/live.ts'
import { Semaphore } from './controller/semaphore.ts'
import { factsScript, parseFacts } from './doctor/host-facts.ts'
import type { ComponentLook, HostLook, TriedConnection } from './doctor/look.ts'
import { type Connection, connectionsOf, expectedNames } from './doctor/needs.ts'
import { systemdDriver } from './driver/systemd/driver.ts'
import { readJournal } from './driver/systemd/read-journal.ts'
import { beginningOf } from './model/escape-control.ts'
import { splitKey } from './model/key.ts'
import { refersToSecret } from './model/secret-reference.ts'
import type { Target } from './model/target.ts'
import { countAttempts } from './probe/alertmanager-api.ts'
import { failuresTold } from './probe/alertmanager-journal.ts'
import { createProber } from './probe/create-prober.ts'
import { sentence } from './probe/sentence.ts'
import { proberWithSecrets } from './probe/with-secrets.ts'
import { type Read, readDesire } from './read-desire.ts'
import { scrubbedProber } from './telemetry/scrubbed.ts'
import { logOn, openTransport } from './transport/open.ts'
import { type Transport, TransportError } from './transport/transport.ts'

/** Hosts looked at in parallel (DESIGN §7). */
const PARALLEL = 32
const FACTS_MS = 30_000
/** One host, with everything: a slow one is given up, and keeps nobody waiting. */
const HOST_MS = 90_000
const CONNECT_MS = 5_000
const LATELY_MS = 600_000

/** Never rejects for what is found; a host that does not answer is among the looks. */
export async function lookAround(options: LookOptions): Promise<LookAround> {
  const read = await readDesire(options, { namesSuffice: true })
  const { desired, wanted } = read
  const only = options.component
  const hosts = only === undefined ? Object.keys(wanted.hosts) : (desired.components[only]?.hosts ?? [])
  const parallel = new Semaphore(PARALLEL)
  const looks = await Promise.all(hosts.map((name) => parallel.run(() => lookAt(name, read, options))))
  return {
    looks,
    expected: expectedNames(desired.manifest),
    issues: [...desired.issues, ...wanted.issues],
    components: Object.keys(desired.components),
  }
}

async function lookAt(name: string, read: Read, options: LookOptions): Promise<HostLook> {
  const host = read.wanted.hosts[name]
  const look: HostLook = { host: name, address: host?.address ?? '', components: [], connections: [] }
  if (host === undefined) return look
  const transport = openTransport(host, { ...options.ssh, resolveJump: (jump) => read.wanted.hosts[jump] })
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(HOST_MS)])
  try {
    await seeFacts(look, transport, Object.keys(expectedNames(read.desired.manifest)), signal)
    const targets = targetsOn(name, read, options.component)
    const needed = targets.flatMap((target) => connectionsOf(target, read.wanted.hosts, read.desired.manifest))
    const tried = needed.map((need) => tryConnection(need, transport, signal))
    look.components = await seeComponents(name, targets, { read, transport, signal, only: options.component })
    look.connections = await Promise.all(tried)
  } catch (error) {
    const kind = error instanceof TransportError ? error.kind : 'other'
    const message =
      options.signal.aborted || !signal.aborted
        ? (error as Error).message
        : `${name}: not done within ${HOST_MS / 1000} s`
    look.missed = { kind, message: sentence(read.redactor.scrub(message)) }
  } finally {
    await transport.close()
  }
  return look
}

async function seeFacts(look: HostLook, transport: Transport, names: string[], signal: AbortSignal): Promise<void> {
  // The login is not to count as part of the way to the clock.
  await logOn(transport, signal)
  const sentMs = Date.now()
  let firstMs = 0
  const chunks: Buffer[] = []
  const onStdout = (chunk: Buffer) => {
    firstMs ||= Date.now()
    if (chunks.length < 1_000) chunks.push(chunk)
  }
  await transport.script(factsScript(names), { timeoutMs: FACTS_MS, onStdout, signal })
  const facts = parseFacts(Buffer.concat(chunks).toString('utf8'))
  if (facts === undefined) throw new Error(`${look.host}: what it says of itself is not whole`)
  look.facts = facts
  const middleMs = (sentMs + firstMs) / 2
  look.clock = { aheadMs: facts.timeMs - middleMs, withinMs: (firstMs - sentMs) / 2 }
}

function targetsOn(host: string, { wanted }: Read, only: string | undefined): Target[] {
  return [...wanted.wishes].flatMap(([key, wish]) => {
    const isMeant = splitKey(key).host === host && (only ?? splitKey(key).component) === splitKey(key).component
    return isMeant && wish.kind === 'deploy' ? [wish.target] : []
  })
}

interface Around {
  read: Read
  transport: Transport
  signal: AbortSignal
  only: string | undefined
}

async function seeComponents(host: string, targets: Target[], around: Around): Promise<ComponentLook[]> {
  const { read, transport, signal, only } = around
  const units = [...new Set(targets.flatMap(unitsOf))]
  const wanted = { paths: [], units, packages: [], users: [], operationIds: [] }
  const observation = await systemdDriver().observe(transport, host, wanted, { nowMs: Date.now(), signal })
  const prober = proberWithSecrets(scrubbedProber(createProber(), read.redactor), read.secrets.reveal)
  const seen = targets.map(async (target): Promise<ComponentLook> => {
    const { component, probes } = target
    // What can only be asked with a secret is not asked without.
    const asked = probes.filter((it) => read.secrets.isDecrypted || !refersToSecret(JSON.stringify(it)))
    const results = await prober(asked, { host, transport, observation, changedAtMs: 0, signal })
    const said = results.every(({ passed }) => passed) ? undefined : await lastError(unitsOf(target), around)
    const notifications = await seeNotifications(target, around)
    return { component, results, ...(said === undefined ? {} : { said }), ...(notifications && { notifications }) }
  })
  const held = [...read.wanted.wishes].flatMap(([key, wish]): ComponentLook[] => {
    const { component, host: on } = splitKey(key)
    const isMeant = on === host && wish.kind === 'held' && (only ?? component) === component
    return isMeant ? [{ component, held: wish.message, results: [] }] : []
  })
  return [...held, ...(await Promise.all(seen))]
}

function unitsOf({ resources, probes }: Target): string[] {
  const owned = resources.flatMap((it) => (it.kind === 'unit' ? [it.name] : []))
  return [...new Set([...owned, ...probes.flatMap((it) => (it.kind === 'systemd' ? [it.unit] : []))])]
}

/** What the component's own units said last of what went wrong, lately. */
async function lastError(units: string[], { read, transport, signal }: Around): Promise<string | undefined> {
  if (units.length === 0) return undefined
  let said: string | undefined
  const onEntry = ({ message }: { message: string | undefined }) => {
    said = message ?? said
  }
  await readJournal(transport, { units, lines: 1, priority: 3, sinceMs: LATELY_MS }, { onEntry, signal })
  return said === undefined ? undefined : beginningOf(sentence(read.redactor.scrub(said)), 200)
}

async function seeNotifications({ component, probes }: Target, { read, transport, signal }: Around) {
  const spec = read.desired.components[component]
  if (spec?.type !== alertmanagerOptions.type) return undefined
  const { receivers } = alertmanagerOptions.options.parse(spec.options)
  const at = probes.find((it) => it.kind === 'http')
  if (at === undefined) return undefined
  const counted = await countAttempts(at, { transport, signal })
  const names = receivers.map(({ name }) => name)
  const told = await failuresTold(names, { transport, signal }, LATELY_MS / 1_000)
  return {
    receivers: names.length,
    attempts: counted.ok ? Object.fromEntries(counted.value) : {},
    failures: told.map((failure) => read.redactor.scrub(failure)),
  }
}

async function tryConnection(need: Connection, transport: Transport, signal: AbortSignal): Promise<TriedConnection> {
  try {
    const stream = await transport.connect(need.address, need.port, { timeoutMs: CONNECT_MS, signal })
    stream.on('error', () => undefined).destroy()
    return need
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return { ...need, problem: { kind: error.kind, message: sentence(error.message) } }
  }
}
