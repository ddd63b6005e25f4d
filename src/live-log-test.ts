// A marked line through every log shipper of the desired state, each on its own host. Beside `main.ts` because it reaches hosts.
import type { LogTestOptions, Tested } from './cli/live.ts'
import { systemdDriver } from './driver/systemd/driver.ts'
import type { LogRoundTripProbe } from './model/probe.ts'
import type { Target } from './model/target.ts'
import { createProber } from './probe/create-prober.ts'
import { followLine } from './probe/log-journey.ts'
import { stage } from './probe/stage.ts'
import { type Read, readDesire } from './read-desire.ts'
import { scrubbedProber } from './telemetry/scrubbed.ts'
import { testTargets } from './test-targets.ts'
import type { Transport } from './transport/transport.ts'

/** Through all its stages: the shipper reads, collects and sends. */
const ARRIVAL_MS = 30_000
const TYPES = ['alloy', 'promtail']

/** All at once. Empty where the desired state has no enabled log shipper, or none of that name. */
export async function testLogs(options: LogTestOptions): Promise<Tested[]> {
  const read = await readDesire(options, { namesSuffice: true })
  return testTargets(read, TYPES, options, (target, transport) => testOne(target, transport, read, options))
}

async function testOne(target: Target, transport: Transport, { redactor }: Read, options: LogTestOptions) {
  const { host, probes } = target
  const arrives = probes.find((it): it is LogRoundTripProbe => it.kind === 'log-round-trip')
  if (arrives === undefined)
    return [stage('loki', false, 'it sends to a Loki that is reached otherwise than by plain HTTP; that is not asked')]
  const units = probes.flatMap((it) => (it.kind === 'systemd' ? [it.unit] : []))
  const { signal, timeoutMs = ARRIVAL_MS } = options
  const wanted = { paths: [], units, packages: [], users: [], operationIds: [] }
  const observation = await systemdDriver().observe(transport, host, wanted, { nowMs: Date.now(), signal })
  const shipper = probes.filter((it) => it !== arrives)
  const prober = scrubbedProber(createProber(), redactor)
  return followLine({ arrives, shipper, timeoutMs }, prober, { host, transport, observation, changedAtMs: 0, signal })
}
