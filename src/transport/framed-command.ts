// Turns a program or a script into one shell line and its standard input, framed so that we know for certain whether it
// was started and where its own output begins. Pure; used by both transports.
import type { Nonce } from './nonce.ts'
import { forAnyShell, quoteArgv } from './quote.ts'

export interface Work {
  /** A program with its arguments, or a script. */
  argv?: string[]
  script?: string
  stdin?: string | Buffer
}

/** Printed before `sudo`, so its refusal can be told from a login shell that runs nothing. */
export const loginMark = ({ left, right }: Nonce): string => `${left}-${right}`
/** Printed on both streams at the last moment before the work itself; the process group's number follows on stdout. */
export const startMark = ({ left, right }: Nonce): string => `${left}+${right}`
/** Printed instead when the standard input did not arrive as it was sent. */
export const frameMark = ({ left, right }: Nonce): string => `${left}=${right}`

// Set for every command on every host: messages in English, and the places where administrators' programs are.
export const environment =
  'LC_ALL=C.UTF-8 PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH'
const refuse = 'printf %s=%s "$1" "$2"; exit 97'
// $PPID is `timeout`, which leads the process group of everything below it.
export const started = 'printf "%s+%s%s\\n" "$1" "$2" "$PPID"; printf %s+%s "$1" "$2" >&2'

// `read` takes single bytes from a pipe, so the program finds exactly the rest.
export const RUN_PROGRAM = `IFS= read -r l && [ "$l" = "#$1+$2" ] || { ${refuse}; }; ${environment}; ${started}; shift 2; exec "$@"`

// What a script takes is in the first line of its input, so that the line for the login shell is of plain words only, which every
// shell starts without another shell in between.
export const TAKE_ORDERS =
  'IFS= read -r l || l=; case $l in ": $1+$2;"*) eval "$l";; esac; printf %s=%s "$1" "$2"; exit 97'
// The whole script is in memory, and its first and last line are checked, before any of it runs; the braces make the
// shell parse it to its end first. `cat` drains standard input, so the script itself finds an empty one.
const runScript = `s=$(cat); case $s in *"#$1-$2") ;; *) ${refuse};; esac; ${environment}; ${started}; s=\${s%"#$1-$2"}; eval "{ $s}"; exit`

/**
 * The line for the login shell. `sudo -n` never asks; `timeout` ends the process group after `timeoutMs`, with SIGKILL 5 s
 * later, even when we are gone by then.
 */
export function shellLine(work: Work, nonce: Nonce, options: { sudo: boolean; timeoutMs: number }): string {
  const seconds = (Math.max(1, Math.ceil(options.timeoutMs)) / 1000).toFixed(3)
  const start = `printf %s-%s ${nonce.left} ${nonce.right}; exec ${options.sudo ? 'sudo -n -- ' : ''}timeout -k 5 ${seconds} sh -c`
  const words = ['homeostat', nonce.left, nonce.right, ...(work.argv ?? [])]
  if (work.argv === undefined) return `${start} '${TAKE_ORDERS}' ${words.join(' ')}`
  const line = forAnyShell(`${start} ${quoteArgv([RUN_PROGRAM, ...words])}`)
  // Linux takes at most 128 KiB in one argument (MAX_ARG_STRLEN), and the login shell gets the line as one.
  if (line.length > 120_000)
    throw new RangeError('the arguments are too long for one command; send them by standard input')
  return line
}

/** Throws a RangeError for what no shell can take. */
export function expectSendable({ script }: Work): void {
  if (script?.includes('\0') === true) throw new RangeError('a script cannot contain a NUL byte')
}

/** Standard input for `shellLine`: framed as its first line (and, for a script, its last) say. */
export function framedInput(work: Work, nonce: Nonce): Buffer {
  if (work.script === undefined)
    return Buffer.concat([Buffer.from(`#${startMark(nonce)}\n`), Buffer.from(work.stdin ?? '')])
  return Buffer.from(`: ${startMark(nonce)}; ${runScript}\n${work.script}\n#${loginMark(nonce)}\n`)
}

/** Ends the process group of a command that is still running; checks that the number still belongs to it. */
export function killScript(pid: number, nonce: Nonce): string {
  return `grep -aqs ${nonce.left} /proc/${pid}/cmdline && kill -TERM ${pid}\ntrue`
}
