// A child process that holds a store: prints `open`, then, told to, writes for ever and prints each acknowledged number.
import { openSqliteStore } from '../../../src/store/sqlite.ts'
import { eventOf, hostRowOf, statusOf } from '../../support/store-rows.ts'

const [path = '', task = 'hold'] = process.argv.slice(2)
const store = await openSqliteStore(path, { mode: 'writer', nowMs: 1_795_000_000_000 })
process.stdout.write('open\n')
for (let n = 1; task === 'write'; n++) {
  await store.write({
    statuses: ['a@x', 'b@x', 'c@x'].map((key) => statusOf(key as 'a@x', { generation: n })),
    hosts: [hostRowOf('x', { fence: n })],
    mayWait: n % 2 === 0,
    events: [eventOf('Applied', { key: 'a@x', details: { n } })],
  })
  process.stdout.write(`${n}\n`)
}
setInterval(() => process.stdout.write(''), 1000)
