// `get events` and the watches on a real store.
import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/model/status.ts'
import { type StateDir, stateDir } from '../../support/cli.ts'
import { NOW_MS, REVISION, statusOf } from '../../support/statuses.ts'

function event(secondsAgo: number, reason: string, more: Partial<Event> = {}): Event {
  const about = { key: 'prometheus@monitoring', host: 'monitoring', revision: REVISION } as const
  return { atMs: NOW_MS - secondsAgo * 1_000, type: 'Normal', reason, message: `${reason} it is`, ...about, ...more }
}

const past: Event[] = [
  event(90, 'Deploying'),
  event(80, 'Applied', { operationId: 'op-1', cause: 'spec' }),
  { atMs: NOW_MS - 70_000, host: 'dns', type: 'Warning', reason: 'Unreachable', message: 'Unreachable it is' },
  event(60, 'Healthy'),
]

async function filled(): Promise<StateDir> {
  const dir = await stateDir()
  await dir.write({ statuses: [statusOf('prometheus@monitoring')], events: past })
  return dir
}

describe('get events', () => {
  it('lists them oldest first', async () => {
    await using dir = await filled()
    expect((await dir.run(['get', 'events'])).out).toMatchInlineSnapshot(`
      "AGE   TYPE      REASON        OBJECT                  MESSAGE
      90s   Normal    Deploying     prometheus@monitoring   Deploying it is
      80s   Normal    Applied       prometheus@monitoring   Applied it is
      70s   Warning   Unreachable   dns                     Unreachable it is
      60s   Normal    Healthy       prometheus@monitoring   Healthy it is
      "
    `)
  })

  it.each([
    [['--limit', '1'], ['Healthy']],
    [['prometheus'], ['Deploying', 'Applied', 'Healthy']],
    [['prometheus@dns'], []],
    [['--host', 'dns'], ['Unreachable']],
    [['--warnings', '--limit', '1'], ['Unreachable']],
  ])('with %j lists %j', async (words, reasons) => {
    await using dir = await filled()
    const { items } = JSON.parse((await dir.run(['get', 'events', '-o', 'json', ...words])).out)
    expect(items.map(({ reason }: Event) => reason)).toEqual(reasons)
  })

  it.each(['0', '-1', '1.5', 'many'])('refuses a limit of %s', async (limit) => {
    await using dir = await filled()
    await expect(dir.run(['get', 'events', `--limit=${limit}`])).rejects.toThrow(/whole number/)
  })
})

describe('get events --watch', () => {
  it('prints what is there and then each new event once, in line with the first', async () => {
    await using dir = await filled()
    const { out } = await dir.run(['get', 'events', '-w'], {
      onWait: async (count) => {
        if (count === 2) await dir.write({ events: [event(1, 'Drifted', { type: 'Warning' })] })
        return count < 4
      },
    })
    expect(out.split('\n').slice(4)).toEqual([
      '60s   Normal    Healthy       prometheus@monitoring   Healthy it is',
      '1s    Warning   Drifted       prometheus@monitoring   Drifted it is',
      '',
    ])
  })
})

describe('get components --watch', () => {
  it('prints a row again when it changed, and only then', async () => {
    await using dir = await filled()
    const changed = statusOf('prometheus@monitoring', { state: { healthy: 'drifted' } })
    const { out } = await dir.run(['get', 'components', '-w'], {
      onWait: async (count) => {
        if (count === 1) await dir.write({ statuses: [statusOf('prometheus@monitoring', { updatedAtMs: NOW_MS })] })
        if (count === 2) await dir.write({ statuses: [changed] })
        return count < 4
      },
    })
    expect(out.split('\n').map((line) => line.split(/\s{2,}/)[2])).toEqual([
      'STATE',
      'healthy.inSync',
      'healthy.drifted',
      undefined,
    ])
  })

  it('prints one JSON document per line for programs', async () => {
    await using dir = await filled()
    const { out } = await dir.run(['get', 'components', '-w', '-o', 'json'])
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).metadata.key),
    ).toEqual(['prometheus@monitoring'])
  })
})
