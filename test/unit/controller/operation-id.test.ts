// Ids of operations: taken by every host, and never the same from two controllers.
import { expect, test } from 'vitest'
import { operationId } from '../../../src/controller/operation-id.ts'
import { isOperationId } from '../../../src/driver/systemd/names.ts'

test('every name of a component makes an id that hosts take', () => {
  for (const name of ['x', 'with.dots.in-it', 'a'.repeat(63)])
    expect(isOperationId(operationId(name, Number.MAX_SAFE_INTEGER, 1_795_440_000_000)), name).toBe(true)
})

test('two controllers that give out the same token use different ids', () => {
  expect(operationId('x', 1, 1_795_440_000_000)).not.toBe(operationId('x', 1, 1_795_440_000_001))
})
