// The text of the firewall's own table of nftables: for every port that we serve, who may connect to it; nobody else may. It says
// nothing of any other port.
import { canReach, isAll, type ServedPort } from './served-ports.ts'

/** Nothing else is ever written to, flushed or deleted. */
export const TABLE = 'inet homeostat'

/** Read by `nft -f` in one transaction: the table is as it was before, or as it stands here. `more` are lines of the user's own. */
export function firewallRules(ports: ServedPort[], more: string): string {
  const own = more.trim() === '' ? [] : ['# options.extraRules:', ...more.trimEnd().split('\n')]
  const chain = [
    'type filter hook input priority filter; policy accept;',
    '# The host itself, to any of its addresses.',
    'iif "lo" accept',
    ...own,
    ...ports.flatMap(portRules),
  ]
  return `# Written by Homeostat; a change made here is put back.
# Deleted and made anew in one transaction; other tables are not touched.
table ${TABLE} {
}
delete table ${TABLE}
table ${TABLE} {
	chain input {
${chain.map((line) => `\t\t${line}`).join('\n')}
	}
}
`
}

function portRules({ component, protocols, port, address, from, clients }: ServedPort): string[] {
  const protocol =
    protocols.length === 1 ? `${protocols[0]} dport` : `meta l4proto { ${protocols.join(', ')} } th dport`
  const to = `${destination(address)}${protocol} ${port}`
  const who = clients.length === 0 ? component : `${component}: ${clients.join(', ')}`
  const admit = sources(from.filter((source) => canReach(source, address))).map(
    (source) => `${to} ${source} accept comment ${quoted(who)}`,
  )
  return [...admit, `${to} counter drop comment ${quoted(component)}`]
}

/** Nothing where it listens at all addresses. */
function destination(address: string): string {
  return isAll(address) ? '' : `${family(address)} daddr ${address} `
}

/** Addresses as a set for each family; networks each on its own, since those in a set must not overlap. */
function sources(from: string[]): string[] {
  const networks = from.filter((source) => source.includes('/'))
  const addresses = Map.groupBy(
    from.filter((source) => !source.includes('/')),
    family,
  )
  return [
    ...[...addresses].map(([name, all]) => `${name} saddr { ${all.join(', ')} }`),
    ...networks.map((network) => `${family(network)} saddr ${network}`),
  ]
}

function family(address: string): 'ip' | 'ip6' {
  return address.includes(':') ? 'ip6' : 'ip'
}

/** nftables keeps comments of 127 bytes at most. */
function quoted(text: string): string {
  return `"${text.length > 127 ? `${text.slice(0, 124)}...` : text}"`
}

/** Why a line is not one rule or more of a chain: a brace more or less would end the chain, or the table. */
export function ruleProblem(line: string): string | undefined {
  const code = line.replaceAll(/"[^"]*"/g, '')
  if (code.includes('"')) return 'has a " that is never closed'
  let depth = 0
  for (const [brace] of code.matchAll(/[{}]/g)) {
    depth += brace === '{' ? 1 : -1
    if (depth < 0) return 'closes a { that it never opened'
  }
  return depth === 0 ? undefined : 'opens a { that it never closes'
}
