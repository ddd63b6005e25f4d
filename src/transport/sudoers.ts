// The narrowest sudoers file with which a login user that is not root does for us: exactly the two commands that `framed-command.ts`
// starts. Whoever may run them is root all the same, since what they run comes by standard input. Format: man sudoers, "Regular
// expressions", sudo 1.9.10 and newer.
import { RUN_PROGRAM, TAKE_ORDERS } from './framed-command.ts'

/** As useradd takes them. */
export function isAccountName(name: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,31}$/.test(name)
}

/** Text of a file for /etc/sudoers.d. `user` is an account name. */
export function sudoersFile(user: string): string {
  const alias = `HOMEOSTAT_${user.toUpperCase().replaceAll('-', '_')}`
  return `# ${user} may do what Homeostat does through \`sudo -n\`, and nothing else. That is as much as root: it runs what it is sent.
# Needs sudo 1.9.10 or newer. Put in place with:
#   homeostat sudoers ${user} > homeostat-${user} && visudo -cf homeostat-${user}
#   install -o root -g root -m 0440 homeostat-${user} /etc/sudoers.d/homeostat-${user}
Cmnd_Alias ${alias} = /usr/bin/timeout ${expression(TAKE_ORDERS, '')}, \\
    /usr/bin/timeout ${expression(RUN_PROGRAM, '( .*)?')}
Defaults:${user} !requiretty
${user} ALL=(root) NOPASSWD: ${alias}
`
}

/** Of all arguments, joined by spaces, as sudo compares them. */
function expression(script: string, more: string): string {
  return `^-k 5 [0-9]+[.][0-9]{3} sh -c ${literally(script)} homeostat [0-9a-f]{16} [0-9a-f]{16}${more}$`
}

/** What is special to sudoers or to regular expressions is any one character: quoting for both at once differs between versions. */
function literally(script: string): string {
  return script.replace(/[^A-Za-z0-9 _-]/g, '.')
}
