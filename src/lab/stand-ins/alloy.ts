// A stand-in for Grafana Alloy 1.16: its configuration language, its pages, and the journal on its way to Loki. Nobody has recorded
// the real one here: it follows the documentation and the source.
import { readFileSync } from 'node:fs'
import { readAlloyConfig } from './alloy-config.ts'
import { hasFault } from './faults.ts'
import { Refusal, readFlags, runMain } from './go-program.ts'
import { disclaimer } from './identity.ts'
import { type Routes, serve } from './server.ts'
import { type Counters, type ShipperSettings, startShipping } from './shipper.ts'

const identity = { program: 'alloy', version: '1.16.0' }

const FLAGS = {
  'server.http.listen-addr': 'value',
  'storage.path': 'value',
  'disable-reporting': 'switch',
  'stability.level': 'value',
  version: 'switch',
} as const

interface State {
  settings: ShipperSettings | undefined
  /** What the last reload said no to. */
  refused: string | undefined
}

runMain(async () => {
  const { flags, words } = readFlags(process.argv.slice(2), FLAGS)
  if (flags.version !== undefined)
    return void process.stdout.write(`alloy, version v${identity.version}\n${disclaimer(identity)}\n`)
  const [command, path = ''] = words
  const data = flags['storage.path'] ?? 'data-alloy'
  const state: State = { settings: readAlloyConfig(readText(path), path, data), refused: undefined }
  if (command === 'validate') return
  if (command !== 'run') throw new Refusal(`Error: unknown command "${command}" for "alloy"`)
  process.on('SIGHUP', () => reload(state, path, data))
  const { settings } = state
  const counters = settings && startShipping(() => state.settings ?? settings)
  const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(flags['server.http.listen-addr'] ?? '127.0.0.1:12345') ?? []
  const at = { address: address.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
  await serve(identity, at, routes(state, counters))
  process.stderr.write(`level=warn msg="${disclaimer(identity)}"\n`)
})

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(`Error: ${(error as Error).message}`)
  }
}

/** A file that is refused changes nothing. */
function reload(state: State, path: string, data: string): void {
  try {
    state.settings = readAlloyConfig(readText(path), path, data)
    state.refused = undefined
  } catch (error) {
    state.refused = (error as Error).message
    process.stderr.write(`level=error msg="failed to reload config" err=${JSON.stringify(state.refused)}\n`)
  }
}

function routes(state: State, counters: Counters | undefined): Routes {
  return {
    'GET /-/ready': () =>
      hasFault('alloy', 'unready') ? { status: 503, body: 'Alloy is not ready.\n' } : { body: 'Alloy is ready.\n' },
    'GET /-/healthy': () =>
      state.refused === undefined
        ? { body: 'All Alloy components are healthy.\n' }
        : { status: 500, body: 'unhealthy components: the last reload was refused\n' },
    'GET /metrics': () => ({
      body: [
        `# ${disclaimer(identity)}`,
        `alloy_build_info{version="v${identity.version}+standin"} 1`,
        `alloy_config_last_load_successful ${state.refused === undefined ? 1 : 0}`,
        `loki_source_journal_target_lines_total ${counters?.read ?? 0}`,
        `loki_write_sent_entries_total ${counters?.sent ?? 0}`,
        `loki_write_dropped_entries_total ${counters?.dropped ?? 0}`,
        '',
      ].join('\n'),
    }),
  }
}
