// A controller for other machines alone: the packed product as the service that is shipped, as a user of its own who may change nothing
// on the machine that it runs on.
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper, yamlOf } from '../support/desired-yaml.ts'
import { operations, starts, untilProven } from '../support/host-ledger.ts'
import { installedAt, installOn } from '../support/installed.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
const put = (path: string, stdin: string) => lab.shell('t1', `cat > ${path}`, { stdin })

beforeAll(async () => {
  await installOn(lab, 't1')
  await lab.shell(
    't1',
    'useradd --system --no-create-home homeostat && mkdir -p /srv/homeostat /etc/homeostat-controller',
  )
  await put('/srv/homeostat/all.yaml', yamlOf([host(lab, 't2'), sleeper('kept', ['t2'])]))
  await put('/etc/homeostat-controller/id', await readFile(lab.identityFile, 'utf8'))
  await put('/etc/homeostat-controller/known_hosts', await readFile(lab.knownHostsFile, 'utf8'))
  await lab.shell('t1', 'chmod 600 /etc/homeostat-controller/id && chown homeostat /etc/homeostat-controller/id')
  const units = '/etc/systemd/system'
  await lab.shell(
    't1',
    `cp ${installedAt}/docs/homeostat.service ${units}/ && mkdir ${units}/homeostat.service.d &&
     cp ${installedAt}/docs/homeostat-ssh-only.conf ${units}/homeostat.service.d/ssh-only.conf`,
  )
  const keys = ['IDENTITY=/etc/homeostat-controller/id', 'KNOWN_HOSTS=/etc/homeostat-controller/known_hosts']
  const lines = keys.map((each) => `Environment=HOMEOSTAT_SSH_${each}\n`).join('')
  await put(`${units}/homeostat.service.d/keys.conf`, `[Service]\n${lines}`)
})

test('it deploys to another host, puts it right, and may do nothing on its own', async () => {
  expect(await lab.exec('t1', ['systemd-analyze', 'verify', 'homeostat.service'])).toMatchObject({
    exitCode: 0,
    stderr: '',
  })
  await lab.shell('t1', 'systemctl enable --quiet --now homeostat')
  await untilProven(lab, 't2', 'kept')
  expect(await starts(lab, 't2', 'kept')).toEqual(['one'])
  await lab.shell('t2', `echo by hand > ${configFile('kept')}`)
  await untilTrue('it is put back', async () => (await lab.shell('t2', `cat ${configFile('kept')}`)) === 'one\n')
  expect(await operations(lab, 't1')).toEqual([])

  const { stdout } = await lab.exec('t1', [
    'sh',
    '-c',
    `pid=$(systemctl show -p MainPID --value homeostat); grep -E '^(Uid|NoNewPrivs|CapBnd|Seccomp):' /proc/$pid/status;
     nsenter -t $pid -m -- sh -c 'touch /etc/ours /srv/homeostat/ours' 2>&1 | grep -c 'Read-only file system'; id -u homeostat`,
  ])
  const [uid, capabilities, privileges, filter, readOnly, own] = stdout.trim().split('\n')
  expect(uid?.split(/\s+/)[1]).toBe(own)
  expect([capabilities, privileges, filter, readOnly]).toEqual([
    'CapBnd:\t0000000000000000',
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
    '2',
  ])
  expect(await lab.shell('t1', `stat -c '%U %a' /var/lib/homeostat-controller/store.sqlite`)).toBe('homeostat 600\n')
})
