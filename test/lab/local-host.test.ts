// One machine that keeps itself, without SSH: the packed product installed on it, and run as the service that is shipped.
import { beforeAll, describe, expect, test } from 'vitest'
import type { CommandResult } from '../../src/lab/run-command.ts'
import { untilTrue } from '../support/controller.ts'
import { configFile, type DocumentObject, sleeper, yamlOf } from '../support/desired-yaml.ts'
import { operations, starts, untilProven } from '../support/host-ledger.ts'
import { installedAt, installOn } from '../support/installed.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
const state = '/var/lib/homeostat-controller'

beforeAll(async () => {
  await installOn(lab, 't1')
  await write('hosts.yaml', {
    apiVersion: 'homeostat/v1',
    kind: 'Host',
    metadata: { name: 'here' },
    spec: { connection: 'local' },
  })
  await write('plain.yaml', sleeper('plain', ['here']))
  await write('other.yaml', sleeper('other', ['here']))
})

async function write(name: string, ...documents: DocumentObject[]): Promise<void> {
  await lab.shell('t1', `mkdir -p /srv/homeostat && cat > /srv/homeostat/${name}`, { stdin: yamlOf(documents) })
}

const homeostat = (words: string, env = `HOMEOSTAT_STATE=${state}`): Promise<CommandResult> =>
  lab.exec('t1', ['sh', '-c', `cd /srv/homeostat && ${env} homeostat ${words}`], { timeoutMs: 120_000 })
const logins = async () => (await lab.shell('t1', 'journalctl -b -u ssh | grep -c Accepted || true')).trim()
const content = async (path: string) => (await lab.shell('t1', `cat ${path}`)).trim()

/** Waits for a row of `get components`. */
async function untilState(name: string, shown: string): Promise<void> {
  const row = new RegExp(`^${name} +here +${shown}`, 'm')
  await untilTrue(`${name} is ${shown}`, async () => row.test((await homeostat('get components')).stdout))
}

describe('a machine that keeps itself', () => {
  test('is looked at by plan, and brought there by run --once', async () => {
    const planned = await homeostat('plan .')
    expect(planned.stdout).toContain(`create file:${configFile('plain')}`)
    expect(planned.exitCode).toBe(1)
    expect(await operations(lab, 't1')).toEqual([])

    expect(await homeostat('run . --once --http off')).toMatchObject({ exitCode: 0 })
    expect(await starts(lab, 't1', 'plain')).toEqual(['one'])
    expect((await lab.shell('t1', 'systemctl is-active plain other')).trim()).toBe('active\nactive')
    expect((await homeostat('plan .')).exitCode).toBe(0)
  })

  test('is kept by the service that is shipped, which has nothing that systemd complains of', async () => {
    await lab.shell('t1', `cp ${installedAt}/docs/homeostat.service /etc/systemd/system/`)
    expect(await lab.exec('t1', ['systemd-analyze', 'verify', 'homeostat.service'])).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    await lab.shell('t1', 'systemctl enable --quiet --now homeostat')
    const before = await logins()
    await lab.shell('t1', `echo by hand > ${configFile('plain')}`)
    await untilTrue('it is asked', async () => (await homeostat('reconcile plain')).exitCode === 0)
    await untilTrue('it is put back', async () => (await content(configFile('plain'))) === 'one')
    await untilState('plain', 'healthy.inSync')
    expect((await homeostat('describe plain')).stdout).toContain('DriftCorrected')
    expect(await starts(lab, 't1', 'other')).toEqual(['one'])
    expect(await logins()).toBe(before)
    expect(await lab.shell('t1', `stat -c '%a' ${state} ${state}/store.sqlite`)).toBe('700\n600\n')
  })

  test('finishes what it was doing when its controller is killed with all it had started', async () => {
    const more = { files: [{ path: '/etc/slow/checked', content: 'x', validate: ['sh', '-c', 'sleep 8', '{staged}'] }] }
    await write('slow.yaml', sleeper('slow', ['here'], { more }))
    await untilTrue('its checker runs', async () => (await lab.exec('t1', ['pgrep', '-f', 'sleep 8'])).exitCode === 0)
    await lab.shell('t1', 'systemctl kill --signal=SIGKILL homeostat')
    // systemd starts it again.
    await untilState('slow', 'healthy.inSync')
    await untilProven(lab, 't1', 'slow')
    expect(await starts(lab, 't1', 'slow')).toEqual(['one'])
    expect((await operations(lab, 't1')).filter((id) => id.startsWith('slow-'))).toHaveLength(1)
  })

  test('loses what is written no more, and nothing else', async () => {
    await lab.shell('t1', 'rm /srv/homeostat/plain.yaml')
    await untilTrue('it is gone', async () => !(await homeostat('get components')).stdout.includes('plain'))
    expect((await lab.exec('t1', ['ls', configFile('plain')])).exitCode).toBe(2)
    expect((await lab.shell('t1', 'systemctl show -p LoadState --value plain')).trim()).toBe('not-found')
    expect((await lab.shell('t1', 'systemctl is-active other')).trim()).toBe('active')
  })

  test('outlives the service: a stop changes nothing, and ends in good order', async () => {
    await lab.shell('t1', 'systemctl stop homeostat')
    expect((await lab.shell('t1', 'systemctl show -p Result,ExecMainStatus --value homeostat')).trim()).toBe(
      'success\n0',
    )
    expect((await lab.shell('t1', 'systemctl is-active other slow')).trim()).toBe('active\nactive')
    expect(await starts(lab, 't1', 'other')).toEqual(['one'])
  })
})

test('somebody who is not root keeps the machine through sudo', async () => {
  await write('humble.yaml', sleeper('humble', ['here']))
  const asAdmin = 'run . --once --http off'
  const run = await homeostat(asAdmin, 'runuser -u admin -- env HOMEOSTAT_STATE=/home/admin/state')
  expect(run).toMatchObject({ exitCode: 0 })
  expect(await lab.shell('t1', `stat -c '%U %a' ${configFile('humble')}; stat -c %U /home/admin/state`)).toBe(
    'root 640\nadmin\n',
  )
  // What the other controller had deployed was found on the machine, and left alone.
  expect(await starts(lab, 't1', 'other')).toEqual(['one'])
})
