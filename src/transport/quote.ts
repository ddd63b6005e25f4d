// The one place that builds a shell string from an argument list. Everything that reaches a shell goes through here.

/**
 * One word for a POSIX shell, in single quotes: no character but the quote itself means anything inside them.
 * Throws a RangeError for a NUL byte, which no argument can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('an argument cannot contain a NUL byte')
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A whole command for a POSIX shell; a program must be named. */
export function quoteArgv(argv: readonly string[]): string {
  if (argv.length === 0) throw new RangeError('a command needs at least the name of a program')
  return argv.map(quote).join(' ')
}

/**
 * Wraps a POSIX command so that any login shell starts it: bash, dash, zsh, fish, csh, tcsh. Inside their single quotes fish
 * still reads `\\` and `\'`, and csh reads `!` and stops at a newline, so all of these (and all that is not plain ASCII)
 * travel as the octal escapes of POSIX `printf %b`, which a backslash and a digit survive in every one of them.
 */
export function forAnyShell(command: string): string {
  const bytes = Buffer.from(command, 'utf8')
  let encoded = ''
  for (const byte of bytes) encoded += isPlain(byte) ? String.fromCharCode(byte) : octal(byte)
  return `exec sh -c 'eval "$(printf %b "$0")"' '${encoded}'`
}

function isPlain(byte: number): boolean {
  const isPrintable = byte >= 0x20 && byte < 0x7f
  return isPrintable && byte !== 0x27 && byte !== 0x5c && byte !== 0x21
}

function octal(byte: number): string {
  return `\\0${byte.toString(8).padStart(3, '0')}`
}
