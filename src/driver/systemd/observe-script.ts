// What is wanted → the script that looks. Pure; the functions it calls are in `scripts/observe.sh`.
import type { Wanted } from '../../model/observation.ts'
import { quote } from '../../transport/quote.ts'
import { isAccountName, isOperationId, isPackageName, isPath, isPostgresName, isUnitName, STATE } from './names.ts'
import { askingSql } from './postgres-sql.ts'

/** Larger files are not hashed: reading them on every pass would be the load that we are to watch for. */
export const LARGEST_HASHED = 64 * 1024 * 1024

export const OBSERVED_SECTIONS = [
  'host',
  'missing',
  'files',
  'gone',
  'packages',
  'origins',
  'users',
  'postgres',
  'effects',
  'components',
  'told',
  'operations',
] as const

const TOOLS = ['stat', 'find', 'sha256sum', 'systemctl', 'dpkg-query', 'getent', 'id', 'head']

export const operationUnit = (id: string): string => `homeostat-op-${id}.service`

/** What of it can be asked for: duplicates and names that no host can have are left out; the parser answers for those. */
export function askable(wanted: Wanted): Required<Wanted> {
  return {
    paths: unique(wanted.paths).filter(isPath),
    units: unique(wanted.units).filter(isUnitName),
    effects: (wanted.effects ?? []).filter((argv) => argv.every((word) => !word.includes('\0'))),
    packages: unique(wanted.packages).filter(isPackageName),
    origins: unique(wanted.origins ?? []).filter(isPackageName),
    users: unique(wanted.users).filter(isAccountName),
    postgres: {
      roles: unique(wanted.postgres?.roles ?? []).filter(isPostgresName),
      databases: unique(wanted.postgres?.databases ?? []).filter(isPostgresName),
    },
    operationIds: unique(wanted.operationIds).filter(isOperationId),
  }
}

/** What comes first: `mark` is a random word that the sections of this one run begin with. */
export function markedAs(mark: string): string {
  return `mark=${quote(mark)}`
}

/**
 * The rest, the same from look to look. `library` is the text of `absence.sh`, `fence.sh` and `observe.sh`. systemd takes its time to
 * answer, so it is asked while everything else is looked at.
 */
export function observeScript(wanted: Wanted, library: string): string {
  const ask = askable(wanted)
  const call = (name: string, words: string[]) => [name, ...words.map(quote)].join(' ')
  return `state=${quote(STATE)}
export LC_ALL=C.UTF-8 TZ=UTC
${library}
observe() {
section begin
${call('lacking', TOOLS)}
if [ -n "$lack" ]; then section lacking; printf '%s' "$lack"; section end; return; fi
see_host
${call('see_units', [...ask.units, ...ask.operationIds.map(operationUnit)])} | {
{
${call('see_files', [String(LARGEST_HASHED), ...ask.paths])}
${call('see_packages', ask.packages)}
${call('see_origins', ask.origins)}
${call('see_users', ask.users)}
${call('see_postgres', [askingSql(ask.postgres)])}
section effects
${ask.effects.map((argv, number) => call('see_effect', [String(number), ...argv])).join('\n')}
} < /dev/null
see_components
}
${call('see_operations', ask.operationIds)}
section end
}
observe < /dev/null
`
}

function unique(names: string[]): string[] {
  return [...new Set(names)]
}
