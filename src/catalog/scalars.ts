// The small schemas that every document is made of: durations, ports, paths, names. None of them transforms its input, so
// that a checked document still reads as it was written and its JSON Schema is the same for reading and for writing.
import { z } from 'zod'

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$/

/** Milliseconds of a text such as `15s`. Throws `RangeError` for anything that `duration()` would refuse. */
export function durationMs(text: string): number {
  const [, amount, unit] = DURATION.exec(text) ?? []
  if (amount === undefined || unit === undefined) throw new RangeError(`${JSON.stringify(text)} is not a duration`)
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** A duration such as `500ms`, `15s`, `5m`, `12h`, `30d`, kept as text; both bounds are inclusive. */
export function duration(bounds: { min?: string; max?: string } = {}) {
  const { min = '0s', max = '3650d' } = bounds
  const shape = 'expected a duration: a whole number and ms, s, m, h or d, for instance 15s, 5m or 30d'
  return z
    .string({ error: shape })
    .regex(DURATION, { error: shape, abort: true })
    .refine((text) => durationMs(text) >= durationMs(min) && durationMs(text) <= durationMs(max), {
      error: `expected a duration from ${min} to ${max}`,
    })
}

/** A TCP port, 1 to 65535. */
export const port = z
  .int({ error: 'expected a port: a whole number from 1 to 65535' })
  .min(1, { error: 'expected a port from 1 to 65535' })
  .max(65_535, { error: 'expected a port from 1 to 65535' })

const PATH = 'expected an absolute path without "..", "//" or a slash at the end, for instance /etc/motd'

/** An absolute path, already in its shortest form: what is written is what is touched. */
export const absolutePath = z
  .string({ error: PATH })
  .max(1024, { error: 'expected a path of at most 1024 characters' })
  .regex(/^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u, { error: PATH })

const RELATIVE = 'expected a path relative to the desired-state directory, without "..", for instance files/motd'

/** A file of the desired-state directory. */
export const relativePath = z
  .string({ error: RELATIVE })
  .max(1024, { error: 'expected a path of at most 1024 characters' })
  .regex(/^(?!\.{1,2}(\/|$))[^/\p{Cc}]+(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)*$/u, { error: RELATIVE })

const NAME = 'expected a name of lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit'

/** metadata.name: both halves of a component key. At most 63 characters. */
export const resourceName = z
  .string({ error: NAME })
  .max(63, { error: 'expected a name of at most 63 characters' })
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, { error: NAME })

const MODE = 'expected permission bits in quotes, four octal digits, for instance "0640"'

/** Permission bits as text: an unquoted 0640 is the decimal number 640 in YAML 1.2. */
export const fileMode = z.string({ error: MODE }).regex(/^0[0-7]{3}$/, { error: MODE })

/** Permission bits as a number. */
export function modeBits(text: string): number {
  return Number.parseInt(text, 8)
}

const USER = 'expected the name of a user or group: lower-case letters, digits, "_" and "-", at most 32 characters'

/** A user or group of the host, as adduser accepts it. */
export const userName = z.string({ error: USER }).regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: USER })

const PACKAGE = 'expected a Debian package, for instance caddy or caddy=2.6.2-5'

/** A Debian package, with `=VERSION` where one version is meant (Debian policy 5.6.1 and 5.6.12). */
export const packageName = z
  .string({ error: PACKAGE })
  .regex(/^[a-z0-9][a-z0-9+.-]{1,127}(=[0-9][A-Za-z0-9.+:~-]{0,127})?$/, { error: PACKAGE })

const UNIT = 'expected the name of a systemd unit with its suffix, for instance caddy.service or getty@tty1.service'

/** A systemd unit with its suffix (man systemd.unit). A template without an instance is nothing that can be started. */
export const unitName = z
  .string({ error: UNIT })
  .max(255, { error: UNIT })
  .regex(/^(?!-)(?!.*@\.)[A-Za-z0-9:_.\\@-]+\.(service|socket|timer|path|mount|automount|swap|target|slice)$/, {
    error: UNIT,
  })

/** An IPv4 or IPv6 address, without brackets. */
export const ipAddress = z.union([z.ipv4(), z.ipv6()], {
  error: 'expected an IP address, for instance 127.0.0.1 or ::1',
})

/** A network as `address/bits`. */
export const ipNetwork = z.union([z.cidrv4(), z.cidrv6()], { error: 'expected a network such as 192.168.99.0/24' })

const HOST = 'expected an IP address or a DNS name'

/** An IP address or a DNS name. What looks like an IPv4 address has to be one: `10.0.0.300` is not a name. */
export const hostAddress = z
  .string({ error: HOST })
  .refine((text) => ipAddress.safeParse(text).success || (isDnsName(text) && !/^[0-9.]+$/.test(text)), { error: HOST })

const DNS_NAME = 'expected a DNS name'

/** A DNS name without a dot at its end; no IP address. */
export const dnsName = z
  .string({ error: DNS_NAME })
  .refine((text) => isDnsName(text) && !/^[0-9.]+$/.test(text), { error: DNS_NAME })

function isDnsName(text: string): boolean {
  return (
    text.length <= 253 && text.split('.').every((part) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/.test(part))
  )
}

/** Text that fits on one line of a unit file or an argument list. */
export const oneLine = z
  .string({ error: 'expected a text' })
  .min(1, { error: 'expected a text that is not empty' })
  .max(4096, { error: 'expected at most 4096 characters' })
  .regex(/^\P{Cc}*$/u, { error: 'expected one line without control characters' })

/** Flags for a program beyond those that options stand for. */
export const extraFlags = z
  .array(oneLine.regex(/^-/, { error: 'expected a flag, for instance --log.level=debug' }))
  .default([])
  .describe('Passed to the program as they are.')
