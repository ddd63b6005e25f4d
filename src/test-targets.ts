// Runs a test from end to end on every component of some types, each on its own host, all at once. Beside `main.ts` because it
// reaches hosts.

import type { PlanOptions } from './cli/composition.ts'
import type { Tested } from './cli/live.ts'
import { splitKey } from './model/key.ts'
import type { Probe } from './model/probe.ts'
import type { Target } from './model/target.ts'
import { type Stage, stage } from './probe/stage.ts'
import type { Read } from './read-desire.ts'
import { logOn, openTransport } from './transport/open.ts'
import type { Transport } from './transport/transport.ts'

interface Which extends Pick<PlanOptions, 'ssh' | 'signal'> {
  component?: string
  onTested(tested: Tested): void
}

/** By key. What cannot be rendered, and a host that does not answer, is a stage that is not passed. */
export async function testTargets(
  { desired, wanted, redactor }: Read,
  types: string[],
  { component, ssh, signal, onTested }: Which,
  test: (target: Target, transport: Transport) => Promise<Stage[]>,
  isMeant: (probes: Probe[]) => boolean = () => true,
): Promise<Tested[]> {
  const meant = [...wanted.wishes].filter(([key, wish]) => {
    const { component: name } = splitKey(key)
    const isOfType = types.includes(desired.components[name]?.type ?? '') && (component ?? name) === name
    return isOfType && (wish.kind === 'held' || (wish.kind === 'deploy' && isMeant(wish.target.probes)))
  })
  return Promise.all(
    meant.map(async ([key, wish]) => {
      const stages = wish.kind === 'deploy' ? await stagesOf(wish.target) : [stage('written', false, heldMessage(wish))]
      const clean = stages.map((it) => ({ ...it, message: redactor.scrubExcerpt(it.message) }))
      const tested = { key, passed: clean.every(({ passed }) => passed), stages: clean }
      onTested(tested)
      return tested
    }),
  )

  async function stagesOf(target: Target): Promise<Stage[]> {
    const host = wanted.hosts[target.host]
    if (host === undefined) return []
    const transport = openTransport(host, { ...ssh, resolveJump: (jump) => wanted.hosts[jump] })
    try {
      await logOn(transport, signal)
      return await test(target, transport)
    } catch (error) {
      return [stage('reached', false, (error as Error).message)]
    } finally {
      await transport.close()
    }
  }
}

function heldMessage(wish: { kind: string; message?: string }): string {
  return `it cannot be rendered as it is written: ${wish.message}`
}
