// A check that is made before there is an operation: it counts for the very same thing, for a moment, and never against it.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Target } from '../../src/model/target.ts'
import { driver, driverHost, file, target } from '../support/driver-host.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
const host = driverHost(lab, 't1')

/** Notes every check, which takes as long as `/run/takes` says and passes where `/run/passes` is there. */
const CHECK = 'echo "$(cat "$1")" >> /run/checked; sleep "$(cat /run/takes)"; test -e /run/passes'
const checked = (content: string, validate = ['sh', '-c', CHECK, 'sh', '{staged}']) =>
  target('checked', [file('/etc/checked', content, { validate })])
const runs = async () => (await host.shell('cat /run/checked 2> /dev/null || :')).trim().split('\n').filter(Boolean)
const ahead = () => host.shell('ls -A /run/homeostat/ahead/* 2> /dev/null || :')
const prepare = (wanted: Target) => driver.prepare(host.transport, { timeoutMs: 60_000, target: wanted })
const patient = { timeout: 20_000, interval: 200 }
const untilPassed = () => expect.poll(ahead, patient).toBe('passed\n')

/** Prepares until the check has begun: the one before may still be ending. */
async function begun(content: string): Promise<void> {
  const seen = async () => {
    if (!(await runs()).includes(content)) prepare(checked(content))
    return runs()
  }
  await expect.poll(seen, patient).toEqual([content])
}

async function given({ takes = 0, passes = true }: { takes?: number; passes?: boolean }): Promise<void> {
  await host.shell(`rm -rf /run/checked /run/passes; echo ${takes} > /run/takes; ${passes ? '> /run/passes' : ':'}`)
  onTestFinished(async () => void (await host.shell('rm -rf /run/homeostat/ahead')))
}

describe('what is checked ahead', () => {
  test('is not checked again where it passed, nor while it is being checked', async () => {
    await given({ takes: 2 })
    await begun('one')
    expect(await host.apply(checked('one'))).toMatchObject({ outcome: 'succeeded' })
    expect([await runs(), await host.shell('cat /etc/checked')]).toEqual([['one'], 'one'])
  })

  test('leaves nothing of the component on its host but that it passed', async () => {
    await given({})
    await begun('a word of its own')
    await untilPassed()
    expect(await host.shell('grep -rl "a word of its own" /run/homeostat /var/lib/homeostat || :')).toBe('')
  })

  test('is checked again where it did not pass, and that counts', async () => {
    await given({ passes: false })
    await begun('two')
    expect(await host.apply(checked('two'))).toMatchObject({ outcome: 'failed', step: 'validate file:/etc/checked' })
    expect(await runs()).toEqual(['two', 'two'])
    await host.shell('> /run/passes')
    expect(await host.apply(checked('two'))).toMatchObject({ outcome: 'succeeded' })
  })

  test.each([
    ['another content', checked('three and more')],
    ['another checker', checked('three', ['sh', '-c', `: ; ${CHECK}`, 'sh', '{staged}'])],
    ['another file beside it', target('checked', [...checked('three').resources, file('/etc/checked-too', 'x')])],
  ])('counts for nothing where it comes with %s', async (_, wanted) => {
    await given({})
    await begun('three')
    await untilPassed()
    expect(await host.apply(wanted)).toMatchObject({ outcome: 'succeeded' })
    expect(await runs()).toHaveLength(2)
  })

  test('is one thing at a time, and the operation does not wait for another', async () => {
    await given({ takes: 2 })
    await begun('half written')
    prepare(checked('whole'))
    await host.shell('echo 0 > /run/takes')
    expect(await host.apply(checked('whole'))).toMatchObject({ outcome: 'succeeded' })
    expect(await runs()).toEqual(['half written', 'whole'])
    await untilPassed()
  })

  test('counts no more a while later', async () => {
    await given({})
    await begun('four')
    await untilPassed()
    await host.shell('cd /run/homeostat/ahead/* && read -r at < passed && echo $((at - 11)) > passed')
    expect(await host.apply(checked('four'))).toMatchObject({ outcome: 'succeeded' })
    expect(await runs()).toEqual(['four', 'four'])
  })

  test('and killed meanwhile is checked by the operation', async () => {
    await given({ takes: 30 })
    await begun('five')
    await host.shell(
      `echo 0 > /run/takes; kill -KILL "$(ps -o ppid= "$(pgrep -o -f '^timeout -k 5 20 sh -c echo')" | tr -d ' ')"`,
    )
    expect(await host.apply(checked('five'))).toMatchObject({ outcome: 'succeeded' })
    expect(await runs()).toEqual(['five', 'five'])
  })
})
