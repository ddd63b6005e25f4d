// The journals of a component's hosts. Beside `main.ts` because it reaches hosts.
import { catalog } from './catalog/registry.ts'
import type { LogOptions, LogSource } from './cli/live.ts'
import type { Wish } from './controller/desire.ts'
import { type JournalEntry, readJournal } from './driver/systemd/read-journal.ts'
import { type ComponentKey, isOf, splitKey } from './model/key.ts'
import { readDesire } from './read-desire.ts'
import { nearest } from './spec/suggest.ts'
import { openTransport } from './transport/open.ts'

/**
 * Reads from all hosts at once; entries come as they arrive. Returns for each host what went wrong there. Throws an `Error` for
 * what is not in the desired state or has no unit.
 */
export async function readLogs(options: LogOptions): Promise<LogSource[]> {
  const { desired, wanted, secrets, redactor } = await readDesire(options, { namesSuffice: true, evenDisabled: true })
  const meant = [...wanted.wishes].filter(([key]) => isOf(key, options.component, options.host))
  if (meant.length === 0) throw new Error(notThere(options, [...wanted.wishes.keys()]))
  const sources = meant.map(([key, wish]) => sourceOf(key, wish))
  if (sources.every(({ units, problem }) => units.length === 0 && problem === undefined)) {
    const { external = false } = desired.components[options.component] ?? {}
    throw new Error(`${options.component} has no unit on its hosts${external ? ': it is run by others' : ''}`)
  }
  options.onBegin(sources, { isMasked: secrets.isDecrypted })
  return Promise.all(sources.map((source) => readOne(source)))

  async function readOne(source: LogSource): Promise<LogSource> {
    const host = wanted.hosts[source.host]
    if (host === undefined || source.problem !== undefined || source.units.length === 0) return source
    const transport = openTransport(host, { ...options.ssh, resolveJump: (jump) => wanted.hosts[jump] })
    const onEntry = ({ message, ...entry }: JournalEntry) =>
      options.onEntry(source, { ...entry, message: message === undefined ? undefined : redactor.scrub(message) })
    try {
      const { lines, sinceMs, follow } = options
      const question = { units: source.units, lines, follow, ...(sinceMs === undefined ? {} : { sinceMs }) }
      const complaint = await readJournal(transport, question, { onEntry, signal: options.signal })
      return complaint === '' ? source : { ...source, problem: redactor.scrub(complaint) }
    } catch (error) {
      return options.signal.aborted ? source : { ...source, problem: redactor.scrub((error as Error).message) }
    } finally {
      await transport.close()
    }
  }
}

function sourceOf(key: ComponentKey, wish: Wish): LogSource {
  const { host } = splitKey(key)
  if (wish.kind !== 'deploy') return { host, units: [], ...(wish.kind === 'held' ? { problem: wish.message } : {}) }
  const { resources, probes } = wish.target
  const owned = resources.flatMap((it) => (it.kind === 'unit' ? [it.name] : []))
  const probed = probes.flatMap((it) => (it.kind === 'systemd' ? [it.unit] : []))
  return { host, units: [...new Set([...owned, ...probed])] }
}

function notThere({ component, host }: LogOptions, keys: ComponentKey[]): string {
  const hosts = keys.filter((key) => isOf(key, component)).map((key) => splitKey(key).host)
  if (hosts.length > 0) return `${component} is not on ${host}; it is on ${hosts.join(', ')}`
  const names = new Set(keys.map((key) => splitKey(key).component))
  const meant = nearest(component, names)
  const type = Object.hasOwn(catalog, component) ? ' (a type of that name there is)' : ''
  return `the desired state has no component ${JSON.stringify(component)} on any host${type}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}
