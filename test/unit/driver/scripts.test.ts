// The shell that runs as root: checked by shellcheck, short, and doing nothing unless it arrived whole.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { aheadScript } from '../../../src/driver/systemd/ahead-script.ts'
import { lower } from '../../../src/driver/systemd/lower.ts'
import { observeScript } from '../../../src/driver/systemd/observe-script.ts'
import { operationScript, runScript, waitMs } from '../../../src/driver/systemd/operation-script.ts'
import type { Change } from '../../../src/model/diff.ts'
import type { Resource } from '../../../src/model/resource.ts'
import type { Target } from '../../../src/model/target.ts'
import { quote } from '../../../src/transport/quote.ts'
import { operationWith } from './operations.ts'

const folder = new URL('../../../src/driver/systemd/scripts/', import.meta.url)
const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'))
const text = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const scratch = mkdtempSync(join(tmpdir(), 'homeostat-driver-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const operation = operationWith({ timeoutMs: 1_500 })
const nasty = `it's "quoted" $(touch ${scratch}/ran) \`touch ${scratch}/ran\` \\ \n; # é`
const sh = (script: string) => spawnSync('sh', { input: script, encoding: 'utf8', cwd: scratch })

describe('every shell file', () => {
  test('passes shellcheck', (context) => {
    const { error, stdout } = spawnSync('shellcheck', ['--shell=sh', '--severity=style', ...scripts], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (error !== undefined) {
      const message = `shellcheck is not here, so the shell that runs as root on hosts was NOT CHECKED (apt-get install shellcheck)`
      if (process.env.CI === 'true') throw new Error(message, { cause: error })
      console.warn(message)
      context.skip(message)
    }
    expect(stdout).toBe('')
  })

  test.each(scripts)('%s opens with what it is for and stays short', (name) => {
    const lines = text(name).split('\n')
    expect(lines[0]).toBe('# shellcheck shell=sh')
    expect(lines[1]).toMatch(/^# [A-Z].*/)
    expect(lines.length).toBeLessThan(250)
    for (const body of text(name).matchAll(/^\w+\(\) \{\n(.*?)^\}/gms)) {
      expect(body[1]?.split('\n').length, body[0].slice(0, 40)).toBeLessThan(60)
    }
  })
})

describe('the script of an operation', () => {
  const uploads = [
    { path: `root/etc/${nasty.replaceAll('\n', ' ')}`, content: nasty },
    { path: 'root/etc/binary', content: `\0 \\0101 %s\0${nasty}` },
  ]
  const steps = [{ name: `step ${nasty}`, argv: ['print_words', nasty, '', '-n'] }]
  const lowered = { early: [], accept: { name: 'accept', argv: [':'] }, steps, uploads }
  // Stands in for the library: what is received is printed, what is started says so.
  const stage = `receive() { printf 'received %s: ' "$1"; printf "$2" "$3"; }
check_received() { cat > /dev/null; }
stage_and_run() { touch '${scratch}/started'; receive_all; printf '(%s)' "$@"; }`
  const script = operationScript(operation, lowered, { stage, run: '' }, 'homeostat-mark')

  test('carries names and contents exactly, whatever they hold', () => {
    const { stdout } = sh(script)
    for (const { path, content } of uploads) expect(stdout).toContain(`received ${path}: ${content}`)
    expect(readdirSync(scratch)).toEqual(['started'])
  })

  test('names the directories that it needs, once each', () => {
    const twice = [...uploads, { path: 'root/etc/other', content: '' }]
    const { stdout } = sh(
      operationScript(operation, { ...lowered, uploads: twice }, { stage, run: '' }, 'homeostat-mark'),
    )
    const folder = '/var/lib/homeostat/ops/op-1'
    expect(stdout.slice(stdout.indexOf('(77)'))).toBe(
      `(77)(${folder}/${dirname(uploads[0]?.path ?? '')})(${folder}/root/etc)`,
    )
  })

  test('hands no content to a program, which would show it in its argument list', () => {
    const own = mkdtempSync(join(scratch, 'shown-'))
    writeFileSync(join(own, 'printf'), `#!/bin/sh\necho "$@" > ${own}/shown\n`, { mode: 0o755 })
    const received = `op=${own}\n${text('receive.sh')}
receive x %s 'hunter2'`
    const { status } = spawnSync('sh', { input: received, env: { PATH: `${own}:${process.env.PATH}` } })
    expect([status, readFileSync(join(own, 'x'), 'utf8'), readdirSync(own)]).toEqual([0, 'hunter2', ['printf', 'x']])
    rmSync(own, { recursive: true })
  })

  test('does nothing at all when any of its end is missing', () => {
    rmSync(join(scratch, 'started'), { force: true })
    const call = script.lastIndexOf('stage_and_run')
    for (let length = 0; length < call + 'stage_and_run'.length; length += length < call - 20 ? 61 : 1) {
      sh(script.slice(0, length))
      expect(readdirSync(scratch), `${length} of ${script.length} characters`).toEqual([])
    }
  })

  test('hands every step its name and words exactly', () => {
    const library = `begin() { :; }; perform() { "$1"; }; print_words() { for word do printf '<%s>' "$word"; done; }
step() { [ "$2" != print_words ] || { printf '(%s)' "$1"; shift; "$@"; }; }`
    expect(sh(runScript(operation, lowered, library)).stdout).toBe(`(step ${nasty})<${nasty}><><-n>`)
  })

  test('is waited for as long as the host may take: the lock, its own time, and some grace', () => {
    expect(waitMs(operation)).toBe((2 + 60 + 15 + 30) * 1000)
    expect(script).toContain('\nstage_and_run 77 ')
  })
})

describe('the script of a check that is made ahead', () => {
  const target = { component: 'web', host: 'h', type: 'custom', revision: 'a'.repeat(64), probes: [], resources: [] }
  const config = {
    kind: 'file',
    path: '/etc/a/config',
    content: nasty,
    owner: 'root',
    group: 'root',
    mode: 0o644,
  } as const
  const beside = { ...config, path: '/etc/binary', content: '\0\u0001' }
  const checked = { ...config, validate: ['check', nasty, '{staged}'] }
  const given = (...resources: Resource[]): Target => ({ ...target, resources })
  const library = `receive() { printf '(%s=' "$1"; printf "$2)" "$3"; }
in_peace() { printf '<%s>' "$@"; }
try_ahead() { touch '${scratch}/started'; receive_all; check_first; printf '[%s]' "$@"; }`

  test('takes every file there, exactly, and has the checker see it', () => {
    const script = aheadScript(given(checked, beside), library, 20) ?? ''
    const op = /^op='?([^'\n]*)/m.exec(script)?.[1]
    expect(sh(script).stdout).toBe(
      `(root/etc/a/config=${nasty})(root/etc/binary=\0\u0001)<20><check><${nasty}><${op}/root/etc/a/config>[${op}/root/etc/a][${op}/root/etc]`,
    )
    rmSync(join(scratch, 'started'))
    for (let length = 0; length < script.lastIndexOf('try_ahead') + 9; length += 7) sh(script.slice(0, length))
    expect(readdirSync(scratch)).toEqual([])
  })

  test('is none where nothing is checked', () => {
    expect(aheadScript(given(config, beside), library, 20)).toBeUndefined()
  })

  test('stands for what the operation would check, and for nothing else', () => {
    const name = (...resources: Resource[]) => {
      const changes: Change[] = [{ resource: 'file:/etc/a/config', action: 'update', fields: [] }]
      return lower(operationWith({ target: given(...resources), diff: { changes } })).passedAs
    }
    const same = name(checked, beside)
    expect(aheadScript(given(checked, beside), library, 20)).toContain(`/${same}`)
    expect(name(checked, { ...beside, mode: 0o600 })).toBe(same)
    expect(name({ ...checked, content: 'other' }, beside)).not.toBe(same)
    expect(name(checked, { ...beside, content: 'other' })).not.toBe(same)
    expect(name({ ...checked, validate: ['other'] }, beside)).not.toBe(same)
    expect(name(config, beside)).toBeUndefined()
  })
})

describe('the script of an observation', () => {
  const library = `${['section', 'lacking', 'see_host'].map((name) => `${name}() { lack=; }`).join('\n')}
see_components() { cat; }
${['files', 'units', 'packages', 'users', 'postgres', 'effect', 'operations'].map((name) => `see_${name}() { printf '${name}:'; printf '<%s>' "$@"; }`).join('\n')}`

  test('asks for each name once, exactly, and for no name that cannot be one', () => {
    const path = `/etc/${nasty.replaceAll('\n', ' ')}`
    const wanted = {
      paths: [path, path, 'relative', '/etc/a\nb', '/'],
      units: ['a\\x2db@c.service', '--all', '; reboot.service', 'x@.service'],
      effects: [['/bin/look', nasty], ['/bin/nul\0']],
      packages: ['libc6:amd64', 'linux-*', '-W'],
      users: ['web', 'a b'],
      operationIds: ['op-1', '../op'],
    }
    expect(sh(observeScript(wanted, library)).stdout).toBe(
      `files:<67108864><${path}>packages:<libc6:amd64>users:<web>postgres:<>effect:<0></bin/look><${nasty}>units:<a\\x2db@c.service><homeostat-op-op-1.service>operations:<op-1>`,
    )
  })
})

describe('what is not there', () => {
  const own = mkdtempSync(join(tmpdir(), 'homeostat-missing-'))
  afterAll(() => rmSync(own, { recursive: true }))
  writeFileSync(join(own, 'file'), '')
  symlinkSync('nowhere', join(own, 'dangling'))
  symlinkSync('loop', join(own, 'loop'))
  const place = (name: string) => join(own, name)
  const absent = ['none', 'a b', 'a\nb', 'file/below', "it's: No such file or directory"].map(place)
  const seen = (paths: string[]) => {
    const call = `mark=m state=${own}\n${text('absence.sh')}\n${text('observe.sh')}\nsee_missing ${paths.map(quote).join(' ')}`
    return sh(call).stdout.split('\0').slice(0, -1)
  }

  test('is said to be absent, and nothing is said of what is there', () => {
    expect(seen([...absent, place('file'), place('dangling')])).toEqual(absent.map((path) => `absent\t${path}`))
    expect(seen([place('file'), own])).toEqual([])
  })

  test('is told apart from what cannot be looked at, with the reason', () => {
    const [long, round] = [place('x'.repeat(300)), place('loop/below')]
    expect(seen([...absent, long, round])).toEqual([
      ...absent.map((path) => `absent\t${path}`),
      `File name too long\t${long}`,
      `Too many levels of symbolic links\t${round}`,
    ])
  })
})
