// A child process whose files may not grow beyond what its limit allows (RLIMIT_FSIZE): writes until the disk refuses, tries
// once more with room to spare, and prints what it was told.
import { openSqliteStore } from '../../../src/store/sqlite.ts'
import { StoreError } from '../../../src/store/store.ts'
import { statusOf } from '../../support/store-rows.ts'

// Without this the kernel ends the process at the limit (setrlimit(2)).
process.on('SIGXFSZ', () => undefined)
const store = await openSqliteStore(process.argv[2] ?? '', { mode: 'writer', nowMs: 0 })
let acknowledged = 0
const write = async (n: number) => {
  const told = await store
    .write({ statuses: [statusOf('a@x', { generation: n })] })
    .then(() => undefined)
    .catch((error: unknown) => error)
  if (told === undefined) acknowledged = n
  return told instanceof StoreError ? { kind: told.kind, message: told.message } : told
}
let first: unknown
for (let n = 1; first === undefined && n < 10_000; n++) first = await write(n)
const second = await write(acknowledged + 1)
const seen = (await store.get('a@x'))?.generation
process.stdout.write(`${JSON.stringify({ acknowledged, first, second, seen })}\n`)
