// How much of the machine a monitoring service may touch: lines for `[Service]`, at least as strict as NixOS' modules, each of
// them tried with Debian 12's programs. `systemd-analyze security` rates Debian's own units 9.2 (unsafe) for the exporters.

/** For every network service that runs as a user of its own and needs no privilege. */
const common = [
  'AmbientCapabilities=',
  'CapabilityBoundingSet=',
  'NoNewPrivileges=yes',
  'ProtectSystem=strict',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'PrivateIPC=yes',
  'DevicePolicy=closed',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'LockPersonality=yes',
  'MemoryDenyWriteExecute=yes',
  'RemoveIPC=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged',
  'UMask=0077',
] as const

/** For a service that keeps data of its own and looks at nothing else on the machine. */
export const isolated: readonly string[] = [
  ...common,
  'PrivateUsers=yes',
  'ProtectClock=yes',
  'ProtectHome=yes',
  'ProtectProc=invisible',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
]

/** For a program that looks at the machine's network interfaces. */
export const seesInterfaces: readonly string[] = ['RestrictAddressFamilies=AF_NETLINK']

/**
 * For a program that needs nothing of /proc but its own process. A program in Go then says no more when it was started, and lets 128
 * connections wait at most.
 */
export const seesItselfOnly: readonly string[] = ['ProcSubset=pid']

/**
 * For a front door: `isolated`, but it may listen below port 1024, which takes a privilege and the machine's own users
 * (a service with `PrivateUsers` has its privileges in a world of its own only).
 */
export const frontDoor: readonly string[] = [
  ...isolated,
  ...seesInterfaces,
  'PrivateUsers=no',
  'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
  'AmbientCapabilities=CAP_NET_BIND_SERVICE',
]

/**
 * For a service that reports on the machine: it sees other processes, mounts and the clock, and changes none of them.
 * `ProtectHome=yes` would hide the file systems below /home, `ProtectProc=invisible` would make every file system look
 * read-only (without /proc/1 the exporter reads its own mount table), and `ProtectClock` or a filter without `adjtimex`
 * would break the `timex` collector. AF_UNIX is for systemd's bus, AF_NETLINK for the network collectors.
 */
export const observer: readonly string[] = [
  ...common,
  'SystemCallFilter=adjtimex',
  'ProtectHome=read-only',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
]

/** Ends a stop in any case: Debian's units forbid SIGKILL, and a process that hangs on would keep the next one from starting. */
export const boundedStop: readonly string[] = ['TimeoutStopSec=90s', 'SendSIGKILL=yes']
