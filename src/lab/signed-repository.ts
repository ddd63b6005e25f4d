// A signed apt repository of one suite and component, made of the packages in its pool.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { mustRun } from './run-command.ts'

/**
 * Indexes and signs what lies in `directory/pool`, with a key made for it and forgotten: nothing else can ever be signed with it.
 * Writes its public half to `publicKey`.
 */
export async function signRepository(
  { directory, architecture, origin }: { directory: string; architecture: string; origin: string },
  publicKey: string,
  scratch: string,
): Promise<void> {
  const suite = `${directory}/dists/stable`
  const index = `${suite}/main/binary-${architecture}`
  await mkdir(index, { recursive: true })
  await writeFile(`${index}/Packages`, await mustRun(['apt-ftparchive', 'packages', 'pool'], { cwd: directory }))
  const facts = [
    `Origin=${origin}`,
    'Suite=stable',
    'Codename=stable',
    'Components=main',
    `Architectures=${architecture}`,
  ]
  const settings = facts.flatMap((fact) => ['-o', `APT::FTPArchive::Release::${fact}`])
  const release = await mustRun(['apt-ftparchive', ...settings, 'release', suite])
  await writeFile(`${suite}/Release`, release)
  await sign(suite, publicKey, `${scratch}/gnupg`)
}

async function sign(suite: string, publicKey: string, home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const gpg = [
    'gpg',
    '--homedir',
    home,
    '--batch',
    '--quiet',
    '--no-autostart',
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    '',
  ]
  try {
    await mustRun([
      ...gpg.filter((word) => word !== '--no-autostart'),
      '--quick-generate-key',
      'Homeostat lab',
      'ed25519',
      'sign',
      'never',
    ])
    await mustRun([
      ...gpg.filter((word) => word !== '--no-autostart'),
      '--clearsign',
      '--output',
      `${suite}/InRelease`,
      `${suite}/Release`,
    ])
    await mustRun([...gpg, '--export', '--output', publicKey])
  } finally {
    await mustRun(['gpgconf', '--homedir', home, '--kill', 'all'])
    await rm(home, { recursive: true, force: true })
  }
}
