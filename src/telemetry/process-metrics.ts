// Series of the process itself, under Prometheus' usual names. Read when asked for: prom-client's own default metrics keep a
// timer running, and an idle controller should be idle.
import { Counter, Gauge, type Registry } from 'prom-client'

export function processMetrics(registry: Registry, version: string): void {
  const registers = [registry]
  const build = new Gauge({
    name: 'homeostat_build_info',
    help: 'Always 1; the labels say which program this is.',
    labelNames: ['version', 'node'],
    registers,
  })
  build.set({ version, node: process.versions.node }, 1)
  const started = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since the epoch.',
    registers,
  })
  started.set(Date.now() / 1000 - process.uptime())
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent.',
    registers,
    collect() {
      this.reset()
      this.inc(cpuSeconds())
    },
  })
  const read: [string, string, () => number][] = [
    ['process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()],
    ['nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed],
  ]
  for (const [name, help, value] of read) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
