// Changes that look well at first: services that start and are no good. Each is found out, taken back to what ran before, and said why.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { configFile, custom, type DocumentObject, host, sleeper } from '../support/desired-yaml.ts'
import { operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  await lab.shell('t1', 'apt-get -qq update && apt-get -qq -y install --no-install-recommends python3 > /dev/null')
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

/** Long enough that what dies after five seconds dies in it. */
const verify = { minHealthyTime: '7s', deadline: '20s' }
const active = async (unit: string) => (await lab.exec('t1', ['systemctl', 'is-active', unit])).stdout.trim()
const reason = ({ conditions }: ComponentStatus) => conditions.find(({ type }) => type === 'RolledBack')?.message ?? ''

/** Brings `good` about, then `bad`, and waits until that was taken back; resolves with the status. */
async function takenBack(name: string, good: DocumentObject, bad: DocumentObject): Promise<ComponentStatus> {
  await controller.write(`${name}.yaml`, good)
  const before = await controller.untilState(`${name}@t1`, 'healthy.inSync')
  await untilProven(lab, 't1', name)
  await controller.write(`${name}.yaml`, bad)
  const status = await controller.untilState(`${name}@t1`, 'rolledBack.holding')
  expect(status.lastGood).toBe(before.desired)
  expect(status.lastProbes.every(({ passed }) => passed)).toBe(true)
  // Rejected on its own host, too: a controller that lost its store does not try it again.
  expect((await recordOf(lab, 't1', name)).filter((line) => line.startsWith('rejected '))).toHaveLength(1)
  return status
}

describe.concurrent('a new revision whose service', () => {
  test('starts, and dies after five seconds, is taken back', async () => {
    const dying = (config: string, run: string) =>
      sleeper('dying', ['t1'], { config, service: `ExecStart=\nExecStart=${run}\nRestart=no`, spec: { verify } })
    const status = await takenBack(
      'dying',
      dying('good', '/bin/sleep infinity'),
      dying('bad', '/bin/sh -c "sleep 5; exit 7"'),
    )
    expect(reason(status)).toContain('dying.service')
    expect(await starts(lab, 't1', 'dying')).toEqual(['good', 'bad', 'good'])
    expect(await active('dying')).toBe('active')
  })

  test('hides its crashes behind Restart=always is taken back', async () => {
    const hidden = (config: string, run: string) =>
      sleeper('hidden', ['t1'], {
        config,
        service: `ExecStart=\nExecStart=${run}\nRestart=always\nRestartSec=100ms\n[Unit]\nStartLimitIntervalSec=0`,
        spec: { verify },
      })
    const status = await takenBack('hidden', hidden('good', '/bin/sleep infinity'), hidden('bad', '/bin/sleep 1'))
    expect(reason(status)).toMatch(/hidden\.service.*(restart|is activating|was started anew)/)
    expect((await starts(lab, 't1', 'hidden')).at(-1)).toBe('good')
    expect(await active('hidden')).toBe('active')
  })

  test('never says that it is ready is taken back', async () => {
    const silent = (config: string, run: string) =>
      sleeper('silent', ['t1'], {
        config,
        service: `Type=notify\nNotifyAccess=all\nTimeoutStartSec=8\nExecStart=\nExecStart=${run}`,
        spec: { verify },
      })
    const ready = '/bin/sh -c "systemd-notify --ready; exec sleep infinity"'
    const status = await takenBack('silent', silent('good', ready), silent('bad', '/bin/sleep infinity'))
    expect(reason(status)).toMatch(/silent\.service.*(timeout|timed out)/is)
    expect(await active('silent')).toBe('active')
  })

  test('does not end when it is told to is replaced all the same, and taken back', async () => {
    const stubborn = (config: string, run: string) =>
      sleeper('stubborn', ['t1'], {
        config,
        service: `TimeoutStopSec=2\nExecStart=\nExecStart=${run}`,
        spec: { verify: { minHealthyTime: '1s', deadline: '10s' } },
      })
    const deaf = `/bin/sh -c "trap '' TERM; while :; do sleep 1; done"`
    await takenBack('stubborn', stubborn('good', deaf), stubborn('bad', '/bin/false'))
    expect((await starts(lab, 't1', 'stubborn')).at(-1)).toBe('good')
    expect(await active('stubborn')).toBe('active')
  })
})

/** A server of one answer; what it does is its configuration, a program in Python. */
function server(name: string, port: number, program: string): DocumentObject {
  const unit = `[Unit]
Description=${name} of a test
[Service]
ExecStart=/usr/bin/python3 /etc/${name}/server.py
[Install]
WantedBy=multi-user.target
`
  const path = `/etc/${name}/server.py`
  return custom(
    name,
    ['t1'],
    {
      files: [{ path, content: program, onChange: { restart: [`${name}.service`] } }],
      units: [{ name: `${name}.service`, content: unit }],
      probes: [{ kind: 'http', port, body: 'well', timeout: '2s' }],
    },
    { verify: { minHealthyTime: '1s', deadline: '10s' } },
  )
}

/** Answers every connection with what `answer` does to `c`, the socket. */
const answering = (port: number, answer: string) => `import socket, time
s = socket.create_server(('127.0.0.1', ${port}), backlog=64)
while True:
    c, _ = s.accept()
    try:
        c.recv(4096)
        ${answer}
    except OSError:
        pass
    c.close()
`
const WELL = "c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nwell')"

describe.concurrent('a new revision whose health endpoint', () => {
  test('answers a byte a second is taken back', async () => {
    const slow = "[(c.sendall(b'H'), time.sleep(1)) for _ in range(600)]"
    const status = await takenBack(
      'loris',
      server('loris', 8101, answering(8101, WELL)),
      server('loris', 8101, answering(8101, slow)),
    )
    expect(reason(status)).toContain('8101')
    expect(await active('loris')).toBe('active')
  })

  test('answers without end is taken back, and the controller keeps its size', async () => {
    const endless = "c.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n'); [c.sendall(b'x' * 65536) for _ in range(1000000)]"
    const status = await takenBack(
      'endless',
      server('endless', 8102, answering(8102, WELL)),
      server('endless', 8102, answering(8102, endless)),
    )
    expect(reason(status)).toContain('8102')
    expect(await active('endless')).toBe('active')
    expect(await controller.metric('process_resident_memory_bytes')).toBeLessThan(250e6)
  })

  test('takes the connection and says nothing is taken back', async () => {
    const mute = 'time.sleep(600)'
    const status = await takenBack(
      'mute',
      server('mute', 8103, answering(8103, WELL)),
      server('mute', 8103, answering(8103, mute)),
    )
    expect(reason(status)).toContain('8103')
  })

  test('is answered by a process of before, since its own could not have the port, is taken back', async () => {
    const before = server('squatted', 8104, answering(8104, WELL))
    await controller.write('squatted.yaml', before)
    await controller.untilState('squatted@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'squatted')
    // Somebody else's, well, and on the port that the next revision wants.
    await lab.shell(
      't1',
      `printf '%s' "$PROGRAM" > /root/squatter.py; systemd-run --unit squatter python3 /root/squatter.py`.replace(
        '"$PROGRAM"',
        `'${answering(8105, WELL).replaceAll("'", `'\\''`)}'`,
      ),
    )
    await untilTrue('it listens', async () => (await lab.shell('t1', 'ss -Hltn')).includes(':8105 '))
    await controller.write('squatted.yaml', server('squatted', 8105, answering(8105, WELL)))
    const status = await controller.untilState('squatted@t1', 'rolledBack.holding')
    expect(reason(status)).toContain('Address already in use')
    expect(await active('squatted')).toBe('active')
    expect(await active('squatter')).toBe('active')
  })
})

describe('a component that was never proven on one of its hosts', () => {
  test('is taken back to what was there before, and the other host keeps what it has', async () => {
    // The same revision is good on one host and bad on the other.
    const probes = [{ kind: 'command', argv: ['test', '!', '-e', '/etc/unwilling'] }]
    await lab.shell('t2', 'touch /etc/unwilling')
    const both = sleeper('both', ['t1', 't2'], {
      more: { probes },
      spec: { verify: { minHealthyTime: '1s', deadline: '5s' } },
    })
    await controller.write('both.yaml', both)
    await controller.untilState('both@t1', 'healthy.inSync')
    const status = await controller.untilState('both@t2', 'rolledBack.holding')
    expect(reason(status)).toContain('/etc/unwilling')
    expect(
      await lab.shell('t2', `ls ${configFile('both')} /etc/systemd/system/both.service 2>&1 | grep -c 'No such file'`),
    ).toBe('2\n')
    expect(await starts(lab, 't1', 'both')).toEqual(['one'])
    expect((await operations(lab, 't1')).filter((id) => id.startsWith('both-'))).toHaveLength(1)
  })
})
