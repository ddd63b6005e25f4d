// Faults on the lab's bridge: a pulled cable, and one that is pulled after so many bytes. They end with `heal`.
import { insideNetwork } from './inside-network.ts'
import { LabError } from './lab-error.ts'
import type { LabPaths } from './lab-paths.ts'
import { mustRun, runCommand } from './run-command.ts'

/** Rules of the bridge. Frames from hosts pass `entering`, our own pass `leaving`; ARP goes with the rest, as on a cable. */
export const faultRules = `
table bridge lab {
  set cut { type ipv4_addr; }
  map budget { type ipv4_addr : quota; }
  chain entering {
    type filter hook prerouting priority 0; policy accept;
    ip saddr @cut drop
    ip daddr @cut drop
    arp saddr ip @cut drop
    arp daddr ip @cut drop
    quota name ip saddr map @budget drop
    quota name ip daddr map @budget drop
  }
  chain leaving {
    type filter hook output priority 0; policy accept;
    ip daddr @cut drop
    arp daddr ip @cut drop
    quota name ip daddr map @budget drop
  }
}
`

/** Drops everything from and to the host, from now until `heal`. */
export async function cut(lab: LabPaths, address: string): Promise<void> {
  await nft(lab, `add element bridge lab cut { ${address} }`)
}

/** Lets `bytes` more pass (IP packets, both directions together), and then nothing until `heal`. */
export async function cutAfterBytes(lab: LabPaths, address: string, bytes: number): Promise<void> {
  await forget(lab, `delete element bridge lab budget { ${address} }`, `delete quota bridge lab ${quota(address)}`)
  await nft(lab, `add quota bridge lab ${quota(address)} { over ${bytes} bytes }`)
  await nft(lab, `add element bridge lab budget { ${address} : "${quota(address)}" }`)
}

/** Ends every fault on the way to the host. No complaint where there is none. */
export async function heal(lab: LabPaths, address: string): Promise<void> {
  await forget(
    lab,
    `delete element bridge lab cut { ${address} }`,
    `delete element bridge lab budget { ${address} }`,
    `delete quota bridge lab ${quota(address)}`,
  )
}

function quota(address: string): string {
  return `quota-${address.replaceAll('.', '-')}`
}

async function nft(lab: LabPaths, command: string): Promise<void> {
  await mustRun(insideNetwork(lab, ['nft', '-f', '-']), { stdin: `${command}\n` })
}

/** Each on its own: nft takes a whole file back when one line of it names what is not there. */
async function forget(lab: LabPaths, ...commands: string[]): Promise<void> {
  for (const command of commands) {
    const { exitCode, stderr } = await runCommand(insideNetwork(lab, ['nft', '-f', '-']), { stdin: `${command}\n` })
    if (exitCode !== 0 && !stderr.includes('No such file or directory')) {
      throw new LabError('command', `nft ${command}: ${stderr.trim()}`)
    }
  }
}
