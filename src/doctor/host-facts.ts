// What a host says of itself in one round trip: the script that asks, and its lines → facts. Nothing is changed there.
import { quote } from '../transport/quote.ts'

export interface HostFacts {
  /** By the host's clock, milliseconds since the epoch. */
  timeMs: number
  /** Programs that are needed and not there. */
  lacks: string[]
  /** Where our records are, or would be. */
  disk?: { mount: string; freeKiB: number; totalKiB: number; freeInodes: number; totalInodes: number }
  isReadOnly: boolean
  /** What dpkg says of packages that are half installed; empty where it is content. */
  dpkg: string[]
  /** Processes that have dpkg's lock, and for how long. */
  locks: { pid: number; program: string; seconds: number }[]
  /** Components whose last change is taken back unless it is confirmed, and since when it waits. */
  armed: { component: string; seconds: number }[]
  /** systemd's word for the whole: running, degraded, … */
  system: string
  failedUnits: string[]
  /** What the login user may do by sudo, as `sudo -l` says it; empty for root. */
  sudo: string[]
  /** Addresses by name. */
  names: Record<string, string[]>
}

/** What the driver's scripts run, beyond what every POSIX shell has. */
const TOOLS = [
  ...['systemctl', 'systemd-run', 'journalctl', 'dpkg', 'dpkg-query', 'apt-get', 'getent', 'id', 'stat', 'find', 'df'],
  ...['sha256sum', 'timeout', 'install', 'mv', 'sync', 'date', 'cat', 'sed', 'awk', 'base64', 'flock', 'useradd'],
]

const MOST_NAMES = 64

/** `names` are looked up as every program on the host would. */
export function factsScript(names: string[]): string {
  return `${SCRIPT}
for name in ${names.slice(0, MOST_NAMES).map(quote).join(' ')}; do
  { found=$(timeout 5 getent ahosts "$name" | awk '$2 == "STREAM" { printf "%s ", $1 }'); fact name "$name $found"; } &
done
wait
fact end .
`
}

const SCRIPT = `
fact() { printf '%s\\t%s\\n' "$1" "$2"; }
age() { echo "$(($(date +%s) - $(stat -c %Y -- "$1" 2> /dev/null || date +%s)))"; }
fact time "$(date +%s%3N)"
for tool in ${TOOLS.join(' ')}; do command -v "$tool" > /dev/null 2>&1 || fact lacks "$tool"; done
[ -d /run/systemd/system ] || fact lacks 'systemd as the first process'
place=/var/lib/homeostat
while [ ! -d "$place" ]; do place=$(dirname "$place"); done
df -Pk "$place" | awk 'NR == 2 { printf "disk\\t%s %s %s\\n", $4, $2, $6 }'
df -Pi "$place" | awk 'NR == 2 { printf "inodes\\t%s %s\\n", $4, $2 }'
[ -w "$place" ] || fact readonly "$place"
dpkg --audit 2>&1 | head -n 20 | while IFS= read -r line; do [ -z "$line" ] || fact dpkg "$line"; done
for update in /var/lib/dpkg/updates/*; do [ ! -e "$update" ] || fact dpkg "an interrupted change: $update"; done
for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock; do
  inode=$(stat -c %i "$lock" 2> /dev/null) || continue
  awk -v inode="$inode" '{ n = split($6, at, ":"); if (at[n] == inode) print $5 }' /proc/locks | while read -r pid; do
    [ ! -r "/proc/$pid/comm" ] || fact lock "$pid $(age "/proc/$pid") $(cat "/proc/$pid/comm")"
  done
done
for waiting in /var/lib/homeostat/armed/*/*; do
  case $waiting in */wait | */firing) component=\${waiting%/*}; fact armed "$(age "$waiting") \${component##*/}";; esac
done
fact system "$(systemctl is-system-running 2> /dev/null)"
systemctl list-units --state=failed --plain --no-legend --no-pager 2> /dev/null | awk '{ printf "failed\\t%s\\n", $1 }'
if [ -n "\${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
  timeout 5 sudo -n -l -U "$SUDO_USER" 2> /dev/null | sed -n 's/^ *\\((.*\\)/sudo\\t\\1/p'
fi
`

/** Undefined for what did not come to its end. Lines of another form are none of ours. */
export function parseFacts(text: string): HostFacts | undefined {
  const lines = text.split('\n').map((line) => line.split('\t', 2))
  const all = (kind: string) => lines.flatMap(([name, value]) => (name === kind && value !== undefined ? [value] : []))
  const numbers = (kind: string) => (all(kind)[0] ?? '').split(' ').map(Number)
  if (all('end').length === 0) return undefined
  const [freeKiB = 0, totalKiB = 0] = numbers('disk')
  const [freeInodes = 0, totalInodes = 0] = numbers('inodes')
  const mount = all('disk')[0]?.split(' ').slice(2).join(' ')
  return {
    timeMs: Number(all('time')[0]),
    lacks: all('lacks'),
    ...(mount === undefined ? {} : { disk: { mount, freeKiB, totalKiB, freeInodes, totalInodes } }),
    isReadOnly: all('readonly').length > 0,
    dpkg: all('dpkg'),
    locks: all('lock').map((value) => {
      const [pid, seconds, ...program] = value.split(' ')
      return { pid: Number(pid), program: program.join(' '), seconds: Number(seconds) }
    }),
    armed: all('armed').map((value) => {
      const [seconds, component = ''] = value.split(' ')
      return { component, seconds: Number(seconds) }
    }),
    system: all('system')[0] ?? '',
    failedUnits: all('failed'),
    sudo: all('sudo'),
    names: Object.fromEntries(
      all('name').map((value) => {
        const [name = '', ...addresses] = value.trim().split(' ')
        return [name, [...new Set(addresses)]]
      }),
    ),
  }
}
