// Ansible as fast as it is without plugins: pipelining, a connection that stays, no facts, all hosts at once.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './comparison.ts'

/** Writes inventory and settings; files that are to be copied lie in `files` below the directory. */
export async function writeSettings({ lab, sshConfig, workDir }: Context, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const hosts = lab.hosts.map((host) => host.name).join('\n')
  const variables = `ansible_python_interpreter=/usr/bin/python3\nfiles=${directory}/files`
  await writeFile(join(directory, 'inventory'), `${hosts}\n\n[all:vars]\n${variables}\n`)
  await writeFile(
    join(directory, 'ansible.cfg'),
    `[defaults]
inventory = ${directory}/inventory
gathering = explicit
forks = 10
retry_files_enabled = false
local_tmp = ${directory}/tmp
nocows = true

[ssh_connection]
pipelining = true
ssh_args = -F ${sshConfig} -o ControlMaster=auto -o ControlPersist=600s -o ControlPath=${workDir}/cm-%C
`,
  )
}

export function ansibleEnvironment(directory: string): Record<string, string> {
  return {
    ANSIBLE_CONFIG: join(directory, 'ansible.cfg'),
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_HOME: directory,
    HOME: directory,
  }
}
