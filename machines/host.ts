// The connection to a host as facts make it: reachable or not, and when to try again. An unreachable host is a condition of its
// components, never their failure.
import { assign, setup, transition } from 'xstate'

export type HostFact =
  | { type: 'ANSWERED'; nowMs: number }
  | { type: 'NOT_REACHED'; nowMs: number; message: string; retryAfterMs: number }

export interface HostContext {
  failures: number
  /** Nothing is sent to the host before. */
  retryAtMs: number
  /** When the present state began. */
  sinceMs: number
  message: string
}

export interface HostConnection {
  value: 'unknown' | 'reachable' | 'unreachable'
  context: HostContext
}

const { createMachine } = setup({ types: { context: {} as HostContext, events: {} as HostFact } })

const notReached = assign<HostContext, Extract<HostFact, { type: 'NOT_REACHED' }>, undefined, HostFact, never>({
  failures: ({ context }) => context.failures + 1,
  retryAtMs: ({ event }) => event.nowMs + event.retryAfterMs,
  message: ({ event }) => event.message,
})
const began = assign<HostContext, HostFact, undefined, HostFact, never>({ sinceMs: ({ event }) => event.nowMs })
const answered = assign<HostContext, HostFact, undefined, HostFact, never>({ failures: 0, retryAtMs: 0, message: '' })

export const hostMachine = createMachine({
  id: 'host',
  context: { failures: 0, retryAtMs: 0, sinceMs: 0, message: '' },
  initial: 'unknown',
  on: {
    ANSWERED: { target: '.reachable', actions: [answered, began] },
    NOT_REACHED: { target: '.unreachable', actions: [notReached, began] },
  },
  states: {
    unknown: {},
    reachable: { on: { ANSWERED: { actions: answered } } },
    unreachable: { on: { NOT_REACHED: { actions: notReached } } },
  },
})

export function initialConnection(): HostConnection {
  return { value: 'unknown', context: { failures: 0, retryAtMs: 0, sinceMs: 0, message: '' } }
}

export function advanceHost(connection: HostConnection, fact: HostFact): HostConnection {
  const [next] = transition(hostMachine, hostMachine.resolveState(connection), fact)
  return { value: next.value, context: next.context }
}
