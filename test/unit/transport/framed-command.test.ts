// Framing, judged by a real shell: a command starts whole or not at all, and its output is told from noise.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { framedInput, shellLine } from '../../../src/transport/framed-command.ts'
import { FramedOutput } from '../../../src/transport/framed-output.ts'

const nonce = { left: 'left1234', right: 'right567' }
const options = { sudo: false, timeoutMs: 10_000 }

describe('a framed script', () => {
  it('runs nothing when its input ends early, wherever that is', () => {
    const directory = mkdtempSync(join(tmpdir(), 'homeostat-framed-'))
    const file = join(directory, 'ran')
    const work = { script: `touch ${file}\nexit 0` }
    const input = framedInput(work, nonce)
    const line = shellLine(work, nonce, options)
    // The newline after the last mark is the only byte that may be missing.
    for (let length = 0; length < input.length - 1; length++) {
      const { status } = spawnSync('sh', ['-c', line], { input: input.subarray(0, length) })
      expect(status).toBe(97)
    }
    expect(existsSync(file)).toBe(false)
    expect(spawnSync('sh', ['-c', line], { input }).status).toBe(0)
    expect(existsSync(file)).toBe(true)
    rmSync(directory, { recursive: true })
  })

  it('does not start a program whose input lost its beginning', () => {
    const work = { argv: ['cat'], stdin: 'data' }
    const line = shellLine(work, nonce, options)
    const result = spawnSync('sh', ['-c', line], { input: framedInput(work, nonce).subarray(3) })
    expect(result.status).toBe(97)
    expect(result.stdout.toString()).not.toContain('data')
  })
})

describe('framed output', () => {
  function collected(stdout: string, stderr = '', maxBytes = 1000): FramedOutput {
    const output = new FramedOutput(nonce, maxBytes)
    // One byte at a time: a mark may be torn anywhere.
    for (const byte of Buffer.from(stdout)) output.add('stdout', Buffer.from([byte]))
    output.add('stderr', Buffer.from(stderr))
    return output
  }

  it('drops what came before the mark and reads the process group', () => {
    const result = collected(
      'noise left1234-right567 more left1234+right56742\nreal',
      'warn left1234+right567real too',
    ).result()
    expect(result).toEqual({ stdout: Buffer.from('real'), stderr: Buffer.from('real too'), pid: 42 })
  })

  it('knows how far a command came that was not started', () => {
    expect(collected('This account is not available').stage()).toBe('login')
    expect(collected('left1234-right567', 'sudo: no').stage()).toBe('privilege')
    expect(collected('left1234-right567left1234=right567').stage()).toBe('input')
    expect(collected('left1234-right567').result()).toBeUndefined()
  })

  it('quotes a complaint without anything a terminal would obey', () => {
    expect(collected('', '\u001b[31mred\u001b[0m\nline\u202e\u0007').complaint()).toBe(
      '\\e[31mred\\e[0m line\\u202e\\u0007',
    )
  })

  it('bounds what it keeps, noise included', () => {
    const output = new FramedOutput(nonce, 1000)
    expect(output.add('stdout', Buffer.alloc(66_000))).toBe(true)
    expect(output.add('stdout', Buffer.alloc(1_000))).toBe(false)
  })
})

describe('the line for the shell', () => {
  it('carries no text of a script and no input', () => {
    const line =
      shellLine({ script: 'p0ison' }, nonce, options) + shellLine({ argv: ['cat'], stdin: 'p0ison' }, nonce, options)
    expect(line).not.toContain('p0ison')
  })

  it('tells timeout the time that is left, in a form it takes', () => {
    expect(shellLine({ argv: ['true'] }, nonce, { sudo: false, timeoutMs: 0.2 })).toContain('0.001')
    expect(
      execFileSync('sh', ['-c', shellLine({ argv: ['echo', 'x'] }, nonce, options)], {
        input: framedInput({ argv: [] }, nonce),
      }).toString(),
    ).toMatch(/x\n$/)
  })
})
