// Lines of journalctl → entries: whatever a process wrote, and whatever else comes.
import { expect, it } from 'vitest'
import { parseEntry } from '../../../src/driver/systemd/read-journal.ts'

const line = (more: object) =>
  JSON.stringify({ __REALTIME_TIMESTAMP: '1796010913463123', PRIORITY: '3', MESSAGE: 'hello', ...more })

it('takes what a process wrote, and what systemd wrote about a unit', () => {
  expect(parseEntry(line({ _SYSTEMD_UNIT: 'a.service', SYSLOG_IDENTIFIER: 'a', _PID: '7' }))).toEqual({
    ...{ atMs: 1796010913463, unit: 'a.service', from: 'a[7]', priority: 3, message: 'hello' },
  })
  const about = line({ _SYSTEMD_UNIT: 'init.scope', UNIT: 'a.service', SYSLOG_IDENTIFIER: 'systemd', _PID: '1' })
  expect(parseEntry(about)).toMatchObject({ unit: 'a.service', from: 'systemd[1]' })
})

it('takes bytes, and says where a line was too long for the journal to tell', () => {
  expect(parseEntry(line({ MESSAGE: [27, 91, 51, 49, 109, 195, 188] }))?.message).toBe('\u001b[31mü')
  expect(parseEntry(line({ MESSAGE: null }))?.message).toBeUndefined()
  expect(parseEntry(line({ PRIORITY: undefined }))?.priority).toBe(6)
})

it.each(['', '-- No entries --', '{', 'null', '[]', '{"MESSAGE":"no time"}', '{"__REALTIME_TIMESTAMP":"x"}'])(
  'passes over %j',
  (text) => expect(parseEntry(text)).toBeUndefined(),
)
