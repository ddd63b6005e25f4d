// A store with 10,000 machines in it beside what the lab really runs.
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { initialLifecycle } from '../machines/advance.ts'
import { componentKey } from '../src/model/key.ts'
import type { ComponentStatus } from '../src/model/status.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Context } from './comparison.ts'

export const storedCount = 10_000

/** Makes a state directory: the store of the controller that deployed the lab, and 10,000 healthy components of other hosts. */
export async function fillStore(stateDir: string, context: Context): Promise<void> {
  await rm(stateDir, { recursive: true, force: true })
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const path = join(stateDir, 'store.sqlite')
  await copyFile(join(context.stateDir, 'store.sqlite'), path)
  const nowMs = Date.now()
  const store = await openSqliteStore(path, { mode: 'writer', nowMs })
  try {
    for (let from = 0; from < storedCount; from += 1_000) {
      await store.write({ statuses: Array.from({ length: 1_000 }, (_, offset) => stored(from + offset, nowMs)) })
    }
  } finally {
    await store.close()
  }
}

function stored(index: number, nowMs: number): ComponentStatus {
  const revision = index.toString(16).padStart(64, '0')
  const lifecycle = initialLifecycle()
  const context = { ...lifecycle.context, desired: revision, lastGood: revision, enteredAtMs: nowMs - 3_600_000 }
  const ready = { type: 'Ready', status: 'True', reason: 'Healthy', message: 'all probes passed' } as const
  return {
    key: componentKey(`stored-${index}`, `stored-host-${index}`),
    lifecycle: { ...lifecycle, value: { healthy: 'inSync' }, context },
    conditions: [{ ...ready, lastTransitionTimeMs: nowMs - 3_600_000, observedRevision: revision }],
    desired: revision,
    lastGood: revision,
    generation: 3,
    lastProbes: [{ name: 'unit', passed: true, certain: false, message: 'stored.service is active (running)' }],
    updatedAtMs: nowMs,
  }
}
