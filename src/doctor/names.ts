// Whether the names of the manifest lead to its addresses, as every program on the host would find them.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

const NAMED = 5

export function names(expected: Record<string, string>): (look: HostLook) => HostFinding[] {
  return ({ facts }) => {
    if (facts === undefined) return []
    // In the order of the manifest: a host looks them all up at once.
    const asked = Object.keys(expected).flatMap((name) => {
      const addresses = facts.names[name]
      return addresses === undefined ? [] : [[name, addresses] as const]
    })
    const missing = asked.filter(([, addresses]) => addresses.length === 0).map(([name]) => name)
    const wrong = asked.filter(
      ([name, addresses]) =>
        // A machine may know its own name as a loopback address (Debian's installer writes 127.0.1.1).
        addresses.length > 0 && !addresses.some((it) => it === expected[name] || it.startsWith('127.') || it === '::1'),
    )
    return [
      ...(missing.length === 0 ? [] : [notFound(missing)]),
      ...wrong.map(([name, addresses]) => ({
        message: `${name} leads to ${addresses.join(', ')}, and the manifest has ${expected[name]}`,
        next: 'whose answer is that? getent hosts and resolvectl on the host; /etc/hosts comes before DNS',
      })),
    ]
  }
}

function notFound(missing: string[]): HostFinding {
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : ''
  const message = `finds no address for ${missing.slice(0, NAMED).join(', ')}${more}`
  return { message, next: 'cat /etc/resolv.conf on the host: does it ask the DNS server that knows these names?' }
}
