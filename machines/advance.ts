// The only way a lifecycle moves: a persisted snapshot and a fact give the next snapshot. Pure, wraps xstate's `transition()`.
import { transition } from 'xstate'
import type { LifecycleSnapshot } from '../src/model/status.ts'
import { stateName } from '../src/model/status-summary.ts'
import { componentMachine, MACHINE_VERSION } from './component.ts'
import type { Fact } from './facts.ts'
import { initialContext, type LifecycleContext } from './lifecycle-context.ts'

export { stateName } from '../src/model/status-summary.ts'

export type TopState = 'disabled' | 'deploying' | 'verifying' | 'healthy' | 'failed' | 'rolledBack'

export interface Lifecycle extends LifecycleSnapshot {
  machineVersion: number
  value: unknown
  context: LifecycleContext & Record<string, unknown>
}

/** The lifecycle of a component that nothing is known of yet: disabled, absent. */
export function initialLifecycle(): Lifecycle {
  return snapshot({ disabled: 'absent' }, initialContext())
}

/** Applies one fact. A fact that the present state has no use for changes nothing and returns an equal lifecycle. */
export function advance(lifecycle: Lifecycle, fact: Fact): Lifecycle {
  const resolved = componentMachine.resolveState({ value: lifecycle.value as never, context: lifecycle.context })
  const [next] = transition(componentMachine, resolved, fact)
  return snapshot(next.value, next.context)
}

export function topState(lifecycle: { value: unknown }): TopState {
  return stateName(lifecycle).split('.')[0] as TopState
}

/** Their snapshots have every state that there is, and lack a part of the context: that begins empty. */
const VERSIONS_BEFORE = [1, 2]

/**
 * Reads a persisted snapshot. One of an unknown machine version, of a state that no longer exists, or of a malformed context
 * is not migrated: the component is observed anew, keeping what was proven and what was rejected where that can be read.
 */
export function restoreLifecycle(stored: LifecycleSnapshot): Lifecycle {
  const isBefore = VERSIONS_BEFORE.includes(stored.machineVersion)
  const context = readContext(isBefore ? { ...initialContext(), ...stored.context } : stored.context)
  const isKnown = isBefore || stored.machineVersion === MACHINE_VERSION
  if (isKnown && context !== undefined && stateExists(stored.value))
    return { machineVersion: MACHINE_VERSION, value: stored.value, context: context as Lifecycle['context'] }
  const kept = { lastGood: textOrNull(stored.context?.lastGood), rejected: texts(stored.context?.rejected) }
  return snapshot({ disabled: 'absent' }, { ...initialContext(), ...kept })
}

function snapshot(value: unknown, context: LifecycleContext): Lifecycle {
  return { machineVersion: MACHINE_VERSION, value, context: { ...context } }
}

function stateExists(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const [entry, ...rest] = Object.entries(value)
  if (entry === undefined || rest.length > 0 || typeof entry[1] !== 'string') return false
  const top = Object.hasOwn(componentMachine.states, entry[0])
    ? componentMachine.states[entry[0] as keyof typeof componentMachine.states]
    : undefined
  return top !== undefined && Object.hasOwn(top.states, entry[1])
}

const BLANK = Object.entries(initialContext())

function readContext(stored: Record<string, unknown> | undefined): LifecycleContext | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  if (!BLANK.every(([name, example]) => sameKind(name, stored[name], example))) return undefined
  // As a rule there is nothing more in it, and ten thousand are read at a time.
  const context = Object.keys(stored).length === BLANK.length ? stored : known(stored)
  return context as unknown as LifecycleContext
}

function known(stored: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(BLANK.map(([name]) => [name, stored[name]]))
}

function sameKind(name: string, found: unknown, example: unknown): boolean {
  if (name === 'corrected') return isCorrections(found)
  if (Array.isArray(example)) return Array.isArray(found) && found.every((item) => typeof item === 'string')
  if (typeof example === 'number') return Number.isFinite(found)
  if (example !== null) return typeof found === typeof example
  return found === null || (name.endsWith('Ms') ? Number.isFinite(found) : typeof found === 'string')
}

function isCorrections(found: unknown): boolean {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return false
  return Object.values(found).every((times) => Array.isArray(times) && times.every((atMs) => Number.isFinite(atMs)))
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
