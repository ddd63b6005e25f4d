// An operation with as little as a test of the driver has to say.
import type { Operation } from '../../../src/model/operation.ts'

export function operationWith(more: Partial<Operation>): Operation {
  return {
    id: 'op-1',
    kind: 'apply',
    cause: 'spec',
    component: 'web',
    host: 'h',
    fence: 7,
    generation: 3,
    target: undefined,
    diff: { changes: [] },
    timeoutMs: 60_000,
    ...more,
  }
}
