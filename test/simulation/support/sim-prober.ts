// Health checks of simulated components.
import type { Prober } from '../../../src/probe/prober.ts'
import { never } from './faults.ts'
import type { Life } from './sim-driver.ts'
import { lost } from './sim-transport.ts'
import type { SimWorld } from './sim-world.ts'

export function createSimProber(world: SimWorld, life: Life): Prober {
  return async (probes, context) => {
    const host = world.host(context.host)
    const fails = await life.at('probe before')
    await world.clock.sleep(30)
    if (!life.alive()) return never()
    if (fails || !world.answers(host.name)) throw lost(host.name, false)
    const results = probes.map((probe) => {
      const unit = probe.kind === 'systemd' ? probe.unit : ''
      const component = unit.replace('.service', '')
      // As the real one does: the unit as it was observed, the rest as it is now.
      const { active } = context.observation.units[unit] ?? { active: 'unknown' }
      const isUp = active === 'active'
      const passed = isUp && !(host.files.get(`/etc/${component}.conf`)?.content ?? '').includes('BAD:probe')
      world.audit.probed(component, host, passed)
      if (passed) host.probed(component)
      return { name: probe.name, passed, certain: active === 'failed', message: active }
    })
    await life.at('probe after')
    return results
  }
}
