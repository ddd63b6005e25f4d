// Programs that the tests use on this machine, installed where that is possible: a fresh machine has none of them.
import { existsSync } from 'node:fs'
import { runProgram } from './run-program.ts'

/** A file that proves a Debian package is installed. */
const needed: Record<string, string> = {
  '/usr/bin/shellcheck': 'shellcheck',
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/bin/ssh': 'openssh-client',
  '/usr/bin/sudo': 'sudo',
  '/usr/bin/fish': 'fish',
  '/usr/bin/tcsh': 'tcsh',
  '/usr/bin/git': 'git',
  '/usr/bin/strace': 'strace',
  '/usr/bin/openssl': 'openssl',
  '/usr/bin/promtool': 'prometheus',
  '/usr/bin/amtool': 'prometheus-alertmanager',
  '/usr/bin/nix-instantiate': 'nix-bin',
}

/** Installs what is missing. What cannot be installed is told, and the tests that need it fail or say that they did not run. */
export async function ensurePrograms(options: { signal: AbortSignal }): Promise<void> {
  const missing = Object.entries(needed).flatMap(([path, name]) => (existsSync(path) ? [] : [name]))
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    process.stdout.write(`not installed, and this is no root on Debian: ${missing.join(', ')}\n`)
    return
  }
  process.stdout.write(`installing for the tests: ${missing.join(', ')}\n`)
  await aptGet(['update'], options)
  await aptGet(['install', '-y', '--no-install-recommends', ...missing], options)
}

/** What it prints is shown where it fails. */
async function aptGet(words: readonly string[], options: { signal: AbortSignal }): Promise<void> {
  let printed = ''
  const collect = (text: string) => {
    printed = text
  }
  const argv = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...words]
  const { isGood } = await runProgram(argv, { ...options, print: collect })
  if (!isGood) process.stdout.write(printed)
}
