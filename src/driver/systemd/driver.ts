// The driver for Debian hosts: the only file of this folder that reaches a host. What is sent and what is made of the answer are
// pure functions beside it; the shell functions that run on the host are in `scripts/`.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { OperationResult } from '../../model/observation.ts'
import type { Operation } from '../../model/operation.ts'
import { type Reveal, revealNothing } from '../../model/secret-reference.ts'
import { withoutKept } from '../../plan/restore.ts'
import { type RunResult, type Transport, TransportError } from '../../transport/transport.ts'
import { type Driver, DriverError, type WatchEvent, type Watched } from '../driver.ts'
import { checksAhead } from './check-ahead.ts'
import { AnswerError } from './frames.ts'
import { LineReader } from './line-reader.ts'
import { type Lowered, lower } from './lower.ts'
import { withFallback } from './lower-fallback.ts'
import { markedAs, observeScript } from './observe-script.ts'
import { operationProblems } from './operation-problems.ts'
import { operationScript, type Sender, waitMs } from './operation-script.ts'
import { type KnownPackages, PackageMemory } from './package-memory.ts'
import { type Look, parseLook } from './parse.ts'
import { parseInspected } from './parse-inspected.ts'
import { parseConfirmed, parseHeldOff, parseMended, parseOutcome, parseRecalled } from './parse-outcome.ts'
import { parseTrace } from './parse-trace.ts'
import { printable } from './printable.ts'
import { confirmScript, holdOffScript, inspectScript, mendScript, recallScript } from './record-scripts.ts'
import { sendable } from './sendable.ts'
import { showFiles } from './show-files.ts'
import { tracedPaths, traceScript } from './trace-script.ts'
import { WATCH_SECONDS, type WatchLibrary, watchReader, watchScript } from './watch-script.ts'

const OBSERVE_TIMEOUT_MS = 60_000
const RECORD_TIMEOUT_MS = 30_000
const TRACE_TIMEOUT_MS = 5_000
/** Ten targets of a few megabytes each. */
const RECALL_BYTES = 64 * 1024 * 1024

/** What an operation calls. */
const RUN = [
  ...['absence', 'fence', 'operate', 'disarm', 'arm', 'ownership', 'origins', 'generations', 'files', 'packages'],
  ...['units', 'postgres', 'change-postgres'],
]

/**
 * The driver for hosts with systemd, dpkg and GNU coreutils. Between calls it keeps what dpkg said last. `sender` is noted on the hosts and
 * told to another controller whose operation comes too late; default: nobody is named. `reveal` puts secrets into
 * what is sent; default: there are none.
 */
export function systemdDriver({ sender = {}, reveal = revealNothing }: DriverOptions = {}): Driver {
  const observing = library(['absence', 'fence', 'observe', 'postgres', 'observe-postgres'])
  const libraries = { stage: library(['stage', 'receive', 'ahead']), run: library(RUN) }
  const checkAhead = checksAhead(reveal, library(['receive', 'ahead']))
  const watching = { shell: library(['watch']), program: text('watch.pl') }
  const tracing = library(['show', 'trace'])
  const loop = library(['revert'])
  const packages = new PackageMemory()
  return {
    async observe(transport, host, wanted, { nowMs, signal }) {
      const options = { timeoutMs: OBSERVE_TIMEOUT_MS, ...(signal && { signal }) }
      const look = async (known: KnownPackages | undefined): Promise<Look> => {
        const mark = drawMark()
        const asked = { host, wanted, mark, startedAtMs: nowMs, ...(known && { packages: known.facts }) }
        const kept = observeScript(known === undefined ? wanted : { ...wanted, packages: [], origins: [] }, observing)
        const answer = await transport.script(markedAs(mark), { ...options, kept })
        return read(host, answer, (text) => parseLook(text, asked))
      }
      const known = packages.of(transport, wanted)
      const first = await look(known)
      const last = known === undefined || known.stamp === first.packagesStamp ? first : await look(undefined)
      packages.keep(transport, wanted, last)
      return last.seen
    },

    async operate(transport, operation, { signal }) {
      const problems = operationProblems(operation)
      if (problems.length > 0) return malformed(operation, problems)
      const lowered = asSent(operation, reveal, loop)
      if ('problem' in lowered) return unsent(operation, lowered.problem)
      const mark = drawMark()
      const options = { timeoutMs: waitMs(operation), ...(signal && { signal }) }
      const answer = await transport.script(operationScript(operation, lowered, libraries, mark, sender), options)
      return read(operation.host, answer, (text) => parseOutcome(text, operation, mark))
    },

    prepare(transport, { target, ...operation }) {
      // In a session of its own: the one that is opened ahead is for the operation, which waits for nobody.
      if (target !== undefined) checkAhead(transport, target)
      transport.prepare?.(waitMs(operation))
    },
    ...recordCalls(sender.keeper ?? ''),
    async trace(transport, { paths, ...times }, { signal }) {
      const mark = drawMark()
      const asked = tracedPaths(paths)
      const script = traceScript({ ...times, paths: asked }, tracing, mark)
      const answer = await transport.script(script, { timeoutMs: TRACE_TIMEOUT_MS, ...(signal && { signal }) })
      return read('the logs', answer, (text) => parseTrace(text, asked, mark))
    },
    read: (transport, paths, options) => showFiles(transport, paths, { ...options, of: 'all' }),
    watch: (transport, host, watched, options) => watch(transport, host, { watched, watching, ...options }),
  }
}

/** The steps of an operation with the values of its secrets, or why it cannot be sent now. `loop` as in `withFallback`. */
function asSent(operation: Operation, reveal: Reveal, loop: string): Lowered | { problem: string } {
  const { fallback, ...alone } = operation
  const sent = sendable(withoutKept(operation), reveal, operation.keep)
  if ('problem' in sent) return sent
  const back = sendable(fallback?.target, reveal, operation.keep)
  // What cannot be sent cannot be gone back to by the host alone; that is no reason to keep a change from it.
  if ('problem' in back) return lower({ ...alone, target: sent.target }, operation.target)
  return withFallback(lower({ ...operation, target: sent.target }, operation.target), operation, back.target, loop)
}

/** The calls about what a host remembers of a component. */
function recordCalls(keeper: string): Pick<Driver, 'confirm' | 'holdOff' | 'mendRecord' | 'recall' | 'inspect'> {
  const confirming = library(['answer', 'fence', 'disarm', 'confirm'])
  const holding = library(['answer', 'disarm', 'hold-off'])
  const mending = library(['answer', 'fence', 'mend'])
  const recalling = library(['recall'])
  const inspecting = library(['kept'])
  return {
    async confirm(transport, component, generation, { fence, signal }) {
      const mark = drawMark()
      const script = confirmScript({ component, generation, fence }, confirming, mark)
      const answer = await transport.script(script, briefly(signal))
      read(component, answer, (text) => parseConfirmed(text, mark))
    },

    async holdOff(transport, component, { operationId, forMs }, { signal }) {
      const mark = drawMark()
      const script = holdOffScript({ component, operationId, seconds: Math.ceil(forMs / 1000) }, holding, mark)
      const answer = await transport.script(script, briefly(signal))
      return read(component, answer, (text) => parseHeldOff(text, mark))
    },

    async mendRecord(transport, component, remembered, { fence, signal }) {
      const mark = drawMark()
      const script = mendScript(component, { ...remembered, fence, keeper }, mending, mark)
      const answer = await transport.script(script, briefly(signal))
      return read(component, answer, (text) => parseMended(text, mark))
    },

    async recall(transport, component, { signal }) {
      const mark = drawMark()
      const script = recallScript(component, recalling, mark)
      const answer = await transport.script(script, { ...briefly(signal), maxOutputBytes: RECALL_BYTES })
      return read(component, answer, (text) => parseRecalled(text, component, mark))
    },

    async inspect(transport, component, revision, { signal }) {
      const mark = drawMark()
      const answer = await transport.script(inspectScript(component, revision, inspecting, mark), briefly(signal))
      return read(component, answer, (text) => parseInspected(text, revision, mark))
    },
  }
}

interface WatchCall {
  watched: Watched
  watching: WatchLibrary
  onEvent(event: WatchEvent): void
  signal: AbortSignal
}

async function watch(transport: Transport, host: string, call: WatchCall): Promise<void> {
  const unit = `homeostat-watch-${randomBytes(6).toString('hex')}`
  const read = watchReader(call.watched)
  const lines = new LineReader((line) => {
    const event = read(line)
    if (event !== undefined) call.onEvent(event)
  })
  const options = {
    timeoutMs: WATCH_SECONDS * 1000,
    onStdout: (chunk: Buffer) => lines.add(chunk),
    signal: call.signal,
  }
  try {
    const answer = await transport.script(watchScript(call.watched, call.watching, unit), options)
    throw new DriverError(host, `${host} cannot be watched: ${printable(answer.stderr.toString('utf8').trim(), 500)}`)
  } catch (error) {
    const isOver = error instanceof TransportError && (error.kind === 'timeout' || error.kind === 'aborted')
    if (!isOver) throw error
  }
}

interface DriverOptions {
  sender?: Sender
  reveal?: Reveal
}

function briefly(signal: AbortSignal | undefined) {
  return { timeoutMs: RECORD_TIMEOUT_MS, ...(signal && { signal }) }
}

function library(names: string[]): string {
  return names.map((name) => text(`${name}.sh`)).join('\n')
}

function text(file: string): string {
  return readFileSync(new URL(`./scripts/${file}`, import.meta.url), 'utf8')
}

/** The hyphen keeps it apart from any line of base64. */
function drawMark(): string {
  return `homeostat-${randomBytes(16).toString('hex')}`
}

function read<Value>(subject: string, answer: RunResult, parse: (text: string) => Value): Value {
  try {
    return parse(answer.stdout.toString('utf8'))
  } catch (cause) {
    if (!(cause instanceof AnswerError)) throw cause
    const said = printable(answer.stderr.toString('utf8').trim(), 500)
    const details = [`exit ${answer.exitCode}`, ...(said === '' ? [] : [said])].join(': ')
    throw new DriverError(subject, `${subject}: ${cause.message} (${details})`, cause)
  }
}

function malformed({ id }: Operation, problems: string[]): OperationResult {
  const output = printable(problems.join('\n'), 4096)
  return { ...unstarted(id), outcome: 'failed', step: 'check the operation', output, certain: true }
}

/** The secret may be there the next time. */
function unsent({ id }: Operation, problem: string): OperationResult {
  return {
    ...unstarted(id),
    outcome: 'refused',
    step: 'put secrets in',
    output: printable(problem, 4096),
    certain: false,
  }
}

function unstarted(operationId: string) {
  return { operationId, startedAtMs: 0, finishedAtMs: 0 }
}
