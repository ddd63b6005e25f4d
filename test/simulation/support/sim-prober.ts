// Health checks of simulated components.
import { type ComponentKey, splitKey } from '../../../src/model/key.ts'
import type { Prober } from '../../../src/probe/prober.ts'
import { never } from './faults.ts'
import type { Life } from './sim-driver.ts'
import type { SimHost } from './sim-host.ts'
import { lost } from './sim-transport.ts'
import type { SimWorld } from './sim-world.ts'

export function createSimProber(world: SimWorld, life: Life): Prober {
  return async (probes, context) => {
    const host = world.host(context.host)
    const fails = await life.at('probe before')
    await world.clock.sleep(30)
    if (!life.alive()) return never()
    if (fails || !world.answers(host.name)) throw lost(host.name, false)
    const { units } = context.observation
    const results = probes.map((probe) => {
      // As the real one does: the unit as it was observed, the rest as it is now.
      const { active } =
        probe.kind === 'systemd' ? (units[probe.unit] ?? { active: 'unknown' }) : stateOf(world, probe.needs?.[0])
      const passed = active === 'active' && !(probe.kind === 'systemd' && saysBad(host, probe.unit))
      return { name: probe.name, passed, certain: probe.kind === 'systemd' && active === 'failed', message: active }
    })
    const unit = probes.find((probe) => probe.kind === 'systemd')?.unit ?? ''
    const passed = results.every((result) => result.passed)
    world.audit.probed(componentOf(unit), host, passed)
    if (passed) host.probed(componentOf(unit))
    await life.at('probe after')
    return results
  }
}

const componentOf = (unit: string) => unit.replace('.service', '')

function saysBad(host: SimHost, unit: string): boolean {
  return (host.files.get(`/etc/${componentOf(unit)}.conf`)?.content ?? '').includes('BAD:probe')
}

/** Of a component that another one asks. */
function stateOf(world: SimWorld, key: ComponentKey | undefined): { active: string } {
  if (key === undefined) return { active: 'unknown' }
  const { component, host } = splitKey(key)
  const unit = `${component}.service`
  const { active = 'unknown' } = world.host(host).units.get(unit) ?? {}
  return { active: saysBad(world.host(host), unit) ? 'silent' : active }
}
